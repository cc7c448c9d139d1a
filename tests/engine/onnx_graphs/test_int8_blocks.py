"""Weights in blocks of a GGUF file keep their exact values in ours, where the layout can hold them."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import onnx
import pytest
from gguf import GGMLQuantizationType as Kind
from onnx import numpy_helper

from tests.engine.decoders.test_equality import decoder
from tests.models.conftest import write_gguf
from writer.engine.onnx_graphs.int8_blocks import BLOCK, quantise
from writer.engine.weights.decoder_reader import read_decoder_config
from writer.engine.weights.decoder_weights import DecoderWeights
from writer.engine.weights.weights import Floats, Weights
from writer.models.convert import gguf_own


def values(codes: np.ndarray, scales: Floats, inputs: int) -> Floats:
    """The weights that the codes and scales stand for."""
    floats = (codes.astype(np.float32) - 128) * scales[:, :, None]
    return floats.reshape(len(codes), -1)[:, :inputs]


def weights(rows: int = 40, inputs: int = 192) -> Floats:
    return np.random.default_rng(3).normal(0, 0.05, (rows, inputs)).astype(np.float32)


def stored(kind: Kind) -> Floats:
    """Weights as a file of this type has them."""
    size, bytes_ = gguf.GGML_QUANT_SIZES[kind]
    if kind in (Kind.Q8_0, Kind.Q5_0, Kind.Q4_0):
        return gguf.dequantize(gguf.quantize(weights(), kind), kind)
    rng = np.random.default_rng(4)  # the library writes no others: codes as they come, with usual scales
    blocks = rng.integers(0, 256, (40, 256 // size, bytes_), np.uint8)
    if kind == Kind.MXFP4:
        blocks[..., 0] = 120
    else:
        blocks[..., :2] = np.array([0.003], np.float16).view(np.uint8)
    return gguf.dequantize(blocks.reshape(40, -1), kind)


@pytest.mark.parametrize("kind", [Kind.Q8_0, Kind.Q5_0, Kind.Q4_0, Kind.IQ4_NL, Kind.IQ4_XS, Kind.MXFP4])
def test_blocks_with_one_scale_keep_their_values(kind: Kind) -> None:
    matrix = stored(kind)
    codes, scales = quantise(matrix)
    assert np.array_equal(values(codes, scales, matrix.shape[1]), matrix)


def test_the_scales_of_q8_0_are_those_of_the_file() -> None:
    blocks = gguf.quantize(weights(), Kind.Q8_0).reshape(40, -1, 34)
    codes, scales = quantise(gguf.dequantize(blocks.reshape(40, -1), Kind.Q8_0))
    assert np.array_equal(scales, blocks[..., :2].copy().view(np.float16)[..., 0])
    assert np.array_equal(codes, blocks[..., 2:] ^ 128)


def test_half_filled_and_small_blocks_keep_their_values() -> None:
    steps = np.random.default_rng(5).integers(-9, 10, (3, 40)).astype(np.float32)
    matrix = steps * np.float32(0.0123)
    codes, scales = quantise(matrix)
    assert np.array_equal(values(codes, scales, 40), matrix)


@pytest.mark.parametrize("factor", [1.0, 1e-30, 1e30])
def test_other_weights_are_rounded_to_the_nearest_of_127_steps(factor: float) -> None:
    matrix = (weights() * np.float64(factor)).astype(np.float32)
    matrix[7] = 0
    codes, scales = quantise(matrix)
    error = np.abs(values(codes, scales, 192) - matrix).reshape(40, -1, BLOCK).max(axis=2)
    largest = np.abs(matrix).reshape(40, -1, BLOCK).max(axis=2)
    assert (error <= largest / 253).all()


def test_a_stepped_block_does_not_change_its_neighbours() -> None:
    mixed = weights()
    mixed[:, :BLOCK] = stored(Kind.Q5_0)[:, :BLOCK]
    codes, scales = quantise(mixed)
    plain, plain_scales = quantise(weights())
    assert np.array_equal(values(codes, scales, 192)[:, :BLOCK], mixed[:, :BLOCK])
    assert np.array_equal(codes[:, 1:], plain[:, 1:])
    assert np.array_equal(scales[:, 1:], plain_scales[:, 1:])


@pytest.mark.parametrize("kind", ["Q8_0", "Q4_1", "Q4_0"])
def test_a_graph_of_a_kept_file_is_that_of_the_widened_one(kind: str, tmp_path: Path) -> None:
    made = []
    for keep in (True, False):
        folder = tmp_path / f"{keep}"
        folder.mkdir()
        write_gguf(folder / "small.gguf", layers=kind)
        gguf_own.convert(folder / "small.gguf", folder, keep=keep)
        decoder(folder, "int8", folder)
        graph = onnx.load(folder / "int8.onnx").graph
        made.append({tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer})
    kept, widened = made
    assert kept.keys() == widened.keys()
    for name in kept.keys() - {"logits_codes", "logits_scales"}:
        assert np.array_equal(kept[name], widened[name])
    shape = widened["logits_codes"].shape
    head, same = (
        (one["logits_codes"] - np.float32(128)) * one["logits_scales"].reshape(shape[:2])[:, :, None]
        for one in made
    )
    assert np.array_equal(head, same)  # the head lies in Q8_0, whose scale may be half of what its codes have


@pytest.mark.parametrize("kind", ["Q8_0", "Q5_0", "Q4_0"])
def test_a_graph_has_the_weights_of_the_gguf_file(kind: str, tmp_path: Path) -> None:
    write_gguf(tmp_path / "small.gguf", layers=kind)
    folder = tmp_path / "converted"
    folder.mkdir()
    gguf_own.convert(tmp_path / "small.gguf", folder)
    ids = [5, 80, 100, 260, 7, 33, 90]
    eight_bits, whole = (decoder(folder, precision, tmp_path) for precision in ("int8", "float32"))
    rounded, exact = (some.forward(ids, 0, len(ids), some.new_kv_cache()) for some in (eight_bits, whole))
    distance = np.linalg.norm(rounded - exact) / np.linalg.norm(exact)
    assert distance < 0.05  # activations are rounded to 8 bits
    graph = onnx.load(tmp_path / "int8.onnx")
    found = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.graph.initializer}
    parts = DecoderWeights(read_decoder_config(folder), Weights(folder))
    for layer in range(2):
        for name, (matrix, _) in {
            "qkv": parts.qkv(layer),
            "o": parts.out(layer),
            "up": parts.up(layer),
            "down": parts.down(layer),
        }.items():
            codes, scales = found[f"{name}_{layer}_codes"], found[f"{name}_{layer}_scales"]
            scales = scales.reshape(codes.shape[:2])
            assert np.array_equal(values(codes, scales, matrix.shape[1]), matrix)
