"""torch modules and optimizers.

Input: a `torch.nn.Module` or `torch.optim.Optimizer`. Output: `Module`, with parameters counted.
"""

import sys
from collections.abc import Iterable
from typing import Any

from lecture_tracer.trace.schema import Module
from lecture_tracer.values.budget import Writer
from lecture_tracer.values.naming import repr_text, type_name


def torch_module(obj: Any, writer: Writer) -> Module:
    """A module: its structure and its parameters, those of submodules included."""
    return _module(obj, obj.parameters(), writer)


def torch_optimizer(obj: Any, writer: Writer) -> Module:
    """An optimizer: its settings and the parameters that it changes."""
    parameters = (each for group in obj.param_groups for each in group["params"])
    return _module(obj, parameters, writer)


def _module(obj: Any, parameters: Iterable[Any], writer: Writer) -> Module:
    torch: Any = sys.modules["torch"]
    seen: set[Any] = set()
    total = trainable = size = 0
    with torch._C.DisableTorchFunction():
        for parameter in parameters:
            key = _key(parameter)
            if key is None or key in seen:
                continue
            seen.add(key)
            count = int(parameter.numel())
            total += count
            trainable += count if parameter.requires_grad else 0
            size += count * int(parameter.element_size())
    name, text = type_name(type(obj)), repr_text(obj, writer.budget.characters)
    writer.spend(name, text)
    return Module(type=name, text=text, parameters=total, trainable=trainable, bytes=size)


def _key(parameter: Any) -> Any:
    """What two parameters have in common when they are the same numbers (tied weights).

    None for a lazy parameter, which has no numbers yet.
    """
    try:
        count = parameter.numel()
        address = parameter.data_ptr()
    except (RuntimeError, ValueError):
        return None
    return (str(parameter.device), address, count) if address else id(parameter)
