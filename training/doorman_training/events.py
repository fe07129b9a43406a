"""
TensorBoard's event files: TFRecords (length, masked CRC-32C, protobuf, masked CRC-32C) of `tensorflow.Event`.

Scalars need no more than these few fields, and whoever trains needs no TensorBoard installed: only whoever looks.
"""

import os
import socket
import struct
import time
from pathlib import Path
from typing import Dict

from .faults import writing


def _crc_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _crc_table()


def crc32c(content: bytes) -> int:
    """CRC-32C (Castagnoli), as in RFC 3720."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def masked_crc(content: bytes) -> int:
    crc = crc32c(content)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def record(content: bytes) -> bytes:
    length = struct.pack("<Q", len(content))
    return length + struct.pack("<I", masked_crc(length)) + content + struct.pack("<I", masked_crc(content))


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _event(step: int, rest: bytes) -> bytes:
    return b"\x09" + struct.pack("<d", time.time()) + b"\x10" + _varint(step) + rest


def _scalar(tag: str, value: float) -> bytes:
    return _field(1, _field(1, tag.encode()) + b"\x15" + struct.pack("<f", value))


class EventFile:
    """One run's curve. A resumed run says from which step on it replaces what the run before wrote."""

    def __init__(self, folder: Path, first_step: int):
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            name = f"events.out.tfevents.{time.time_ns() // 1_000_000_000}.{socket.gethostname()}.{os.getpid()}"
            self._file = open(folder / name, "ab")
        self._write(_event(0, _field(3, b"brain.Event:2")))
        # SessionLog START: TensorBoard drops what it read of this step and later ones.
        self._write(_event(first_step, _field(7, b"\x08\x01")))

    def scalars(self, step: int, values: Dict[str, float]) -> None:
        self._write(_event(step, _field(5, b"".join(_scalar(tag, value) for tag, value in values.items()))))

    def close(self) -> None:
        self._file.close()

    def _write(self, event: bytes) -> None:
        with writing(Path(self._file.name)):
            self._file.write(record(event))
            self._file.flush()
