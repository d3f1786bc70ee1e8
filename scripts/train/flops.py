"""What a training step computes, and what the processor is made for."""

from pathlib import Path

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class ConvolutionFlops(TorchDispatchMode):
    """Counts floating-point operations of convolutions, forward and backward, in `flops`."""

    def __init__(self):
        super().__init__()
        self.flops = 0

    def __torch_dispatch__(self, function, types, arguments=(), named=None):
        result = function(*arguments, **(named or {}))
        if function is torch.ops.aten.convolution.default:
            self.flops += 2 * result.numel() * arguments[1][0].numel()
        elif function is torch.ops.aten.convolution_backward.default:
            gradient, _, weight = arguments[:3]
            wanted = arguments[10]
            self.flops += 2 * gradient.numel() * weight[0].numel() * sum(wanted[:2])
        return result


def processor_note(cpuinfo=Path("/proc/cpuinfo")):
    """One sentence: whether bfloat16 is fast here."""
    flags = cpuinfo.read_text().split() if cpuinfo.exists() else []
    if "amx_bf16" in flags:
        return "the processor has AMX: bfloat16 is 5 to 10 times as fast as without"
    if "avx512_bf16" in flags:
        return "the processor has AVX512-BF16 and no AMX"
    return "the processor has neither AMX nor AVX512-BF16: train in float32"
