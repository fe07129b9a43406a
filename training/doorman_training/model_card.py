"""The model card that goes with an encoder (Mitchell et al. 2019, in short)."""

from typing import Any, Dict


def model_card(facts: Dict[str, Any]) -> str:
    recipe, data, result = facts["recipe"], facts["data"], facts["validation"]
    if result is None:
        accuracy = "Not validated: no people were held out. Judge it with `doorman evaluate pairs` before use."
    else:
        accuracy = (
            f"**{100 * result['validation/accuracy']:.2f} %** of {int(result['pairs'])} pairs told right (95 % interval "
            f"{100 * result['validation/accuracy-low']:.2f} to {100 * result['validation/accuracy-high']:.2f} %, "
            "Wilson; the threshold for each tenth of the pairs comes from the other nine), on people not trained on: "
            f"{facts['pairs']}."
        )
    rows = [
        ("architecture", f"{recipe['architecture']}, {facts['weights']:,} weights, width {recipe['width']}"),
        ("input", f"{recipe['size']} x {recipe['size']} RGB, aligned to five points"),
        ("embedding", f"{recipe['embedding']} numbers, compared by cosine"),
        ("loss", f"{recipe['loss']}, scale {recipe['scale']}, margin {recipe['margin']}"),
        ("data", f"{data['people']:,} people, {data['pictures']:,} pictures from `{data['folder']}`"),
        ("held out", f"{data['held_out']:,} people"),
        ("unreadable pictures", f"{data['unreadable']:,}"),
        ("epochs", f"{recipe['epochs']} of {facts['steps_per_epoch']:,} steps of {recipe['batch']} pictures"),
        ("learning rate", f"{recipe['learning_rate']:g}, {recipe['schedule']}, warm-up {recipe['warm_up']:g} epochs"),
        ("augmentation", "yes" if recipe["augmentation"] else "no"),
        ("seed", recipe["seed"]),
        ("trained", f"{facts['date']}, {facts['hours']:.2f} hours on {facts['device']}, PyTorch {facts['torch']}"),
        ("licence of the weights", facts["license"]),
    ]
    lines = "\n".join(f"| {name} | {value} |" for name, value in rows)
    return f"""# Encoder {facts['id']} {facts['version']}

A face encoder trained from scratch by `doorman train-encoder`.

| | |
| --- | --- |
{lines}

## Accuracy

{accuracy}

## Licence and consent

Weights are made of what they were trained on. Whether they may be used, shared or sold depends on the licence of the
pictures and on what the people in them agreed to; many face sets are for research only. State it with `--license`.

## Limits

Made to tell a household's guests from strangers, with thresholds from this encoder's own population statistics. It
says nothing about age, sex, mood or origin, and must not open a door. Accuracy differs between groups of people as far
as the training pictures do; judge it on the people it is meant for.
"""
