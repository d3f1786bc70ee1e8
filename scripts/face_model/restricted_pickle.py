"""Reads pickles of strangers that hold arrays, without running what a pickle may ask for.

Numpy arrays are built; sparse matrices of scipy and arrays of chumpy become plain holders of their attributes; any
other class or function that the file names is an error.
"""

import io
import pickle

import numpy as np
from morphable import ModelFileError

MAX_BYTES = 1 << 30


class Holder:
    """What is left of an object of a class that is not loaded: its attributes."""

    def __new__(cls, *_arguments):
        return object.__new__(cls)

    def __setstate__(self, state):
        if isinstance(state, tuple):
            state = {key: value for part in state if isinstance(part, dict) for key, value in part.items()}
        if not isinstance(state, dict):
            raise pickle.UnpicklingError("it holds an object without attributes")
        self.__dict__.update(state)


def _empty_array(kind, shape, _dtype):
    if kind is not np.ndarray or np.prod(shape, dtype=object) != 0:
        raise pickle.UnpicklingError("it builds an array in an unusual way")
    return np.ndarray((0,), np.uint8)


def _plain_object(kind, _base, _state):
    if kind is not Holder:
        raise pickle.UnpicklingError("it builds an object in an unusual way")
    return Holder()


def _scalar(dtype, raw):
    raw = raw.encode("latin1") if isinstance(raw, str) else raw
    if dtype.hasobject:
        raise pickle.UnpicklingError("it holds an object where a number should be")
    return np.frombuffer(raw, dtype, count=1)[0]


def _encoded(text, encoding):
    if encoding != "latin1":
        raise pickle.UnpicklingError("it holds bytes in an unusual way")
    return text.encode("latin1")


_KNOWN = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("_codecs", "encode"): _encoded,
    ("copy_reg", "_reconstructor"): _plain_object,
    ("copyreg", "_reconstructor"): _plain_object,
    ("__builtin__", "object"): object,
    ("builtins", "object"): object,
}
_ARRAY_MODULES = ("numpy.core.multiarray", "numpy._core.multiarray")
_HELD = ("scipy.sparse.", "chumpy.")


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if module in _ARRAY_MODULES and name in ("_reconstruct", "scalar"):
            return _empty_array if name == "_reconstruct" else _scalar
        if module.startswith(_HELD):
            return Holder
        if (module, name) in _KNOWN:
            return _KNOWN[module, name]
        raise pickle.UnpicklingError(f"it asks for {module}.{name}, which is no array")


def loads(data, path):
    """The value in the bytes of a pickle, of Python 2 or 3. Raises ModelFileError."""
    try:
        return _Unpickler(io.BytesIO(data), encoding="latin1").load()
    except Exception as error:  # a damaged pickle raises whatever it leads to
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelFileError(f"{path} cannot be read as a pickle of arrays: {reason}") from None


def load(path):
    """The value in a pickle file, or in an .npy file that holds one. Raises ModelFileError."""
    if not path.is_file():
        raise ModelFileError(f"there is no file {path}")
    if path.stat().st_size > MAX_BYTES:
        raise ModelFileError(f"{path} has more than {MAX_BYTES >> 20} MiB, which no such file has")
    data = path.read_bytes()
    if data.startswith(b"\x93NUMPY"):
        stream = io.BytesIO(data)
        try:
            version = np.lib.format.read_magic(stream)
            np.lib.format._check_version(version)
            header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, dtype = header(stream)
        except ValueError as error:
            raise ModelFileError(f"{path} is a damaged .npy file: {error}") from None
        if not dtype.hasobject or shape not in ((), (1,)):
            raise ModelFileError(f"{path} holds an array where names with arrays are expected")
        value = loads(data[stream.tell() :], path)
        return value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
    return loads(data, path)


def as_array(value, path, name):
    """A numeric array, also from what chumpy or scipy hold. Raises ModelFileError."""
    if isinstance(value, Holder):
        attributes = vars(value)
        if "x" in attributes:
            return as_array(attributes["x"], path, name)
        if {"data", "indices", "indptr"} <= attributes.keys():
            return _dense(attributes, path, name)
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
        raise ModelFileError(f"{path} has no array of numbers '{name}'")
    return value


def _dense(attributes, path, name):
    """The full array of a compressed sparse column matrix."""
    data, rows, starts = (np.asarray(attributes[key]) for key in ("data", "indices", "indptr"))
    shape = attributes.get("_shape", attributes.get("shape"))
    sound = (
        isinstance(shape, tuple) and len(shape) == 2 and 0 < shape[0] * shape[1] <= 1 << 26
        and len(starts) == shape[1] + 1 and len(rows) == len(data) and len(data) > 0
        and rows.min() >= 0 and rows.max() < shape[0] and (np.diff(starts) >= 0).all() and starts[-1] == len(data)
    )  # fmt: skip
    if not sound:
        raise ModelFileError(f"{path} has a damaged sparse matrix '{name}'")
    dense = np.zeros(shape)
    np.add.at(dense, (rows, np.repeat(np.arange(shape[1]), np.diff(starts))), data)
    return dense
