"""The trained network as the vision room loads it: ONNX, and a JSON description of what it wants."""

import copy
import inspect
import io
import json
from pathlib import Path
from typing import Any, Dict, List

import torch
from torch import nn

from .checkpoint import replace_file
from .faces import Alignment
from .faults import TrainingFault
from .loading import to_network

OPSET = 13


def onnx_bytes(network: nn.Module, size: int) -> bytes:
    """The network on the CPU, in float, batch normalisation folded in; input 1 x 3 x size x size or more pictures."""
    network = copy.deepcopy(network).cpu().float().eval()
    buffer = io.BytesIO()
    extra = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    try:
        torch.onnx.export(
            network,
            torch.zeros(1, 3, size, size),
            buffer,
            opset_version=OPSET,
            input_names=["picture"],
            output_names=["embedding"],
            dynamic_axes={"picture": {0: "pictures"}, "embedding": {0: "pictures"}},
            **extra,
        )
    except Exception as error:
        raise TrainingFault(
            f"PyTorch {torch.__version__} cannot write ONNX files here ({error}); newer ones need a package for it: "
            "pip install onnx."
        ) from error
    return buffer.getvalue()


def test_pattern(size: int) -> torch.Tensor:
    """A picture that any language can make: byte i of channels x rows x columns is 37 i + i / 97 mod 256."""
    index = torch.arange(3 * size * size)
    return ((37 * index + torch.div(index, 97, rounding_mode="floor")) % 256).to(torch.uint8).reshape(1, 3, size, size)


def embedding_of_pattern(network: nn.Module, size: int) -> List[float]:
    """What the exported encoder must give for the pattern, to be checked by who loads it."""
    network = copy.deepcopy(network).cpu().float().eval()
    with torch.no_grad():
        return network(to_network(test_pattern(size), torch.device("cpu")))[0].tolist()


def description(id: str, version: str, license: str, alignment: Alignment, length: int) -> Dict[str, Any]:
    return {
        "id": id,
        "version": version,
        "license": license,
        "input": {
            "size": alignment.size,
            "order": "rgb",
            "layout": "nchw",
            "mean": 127.5,
            "scale": 1 / 127.5,
            "template": [[round(x, 4), round(y, 4)] for x, y in alignment.template],
        },
        "output": {"name": "embedding", "length": length},
    }


def write_json(file: Path, content: Any) -> None:
    replace_file(file, (json.dumps(content, indent=2) + "\n").encode())
