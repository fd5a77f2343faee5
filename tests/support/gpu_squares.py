"""What a notebook of the tests computes on a GPU: needs the driver only, which translates PTX for any GPU there is."""

import ctypes
from typing import Any

SQUARE = b"""
.version 6.0
.target sm_50
.address_size 64
.visible .entry square(.param .u64 values)
{
    .reg .b32 %number, %thread;
    .reg .b64 %address, %offset;
    ld.param.u64 %address, [values];
    cvta.to.global.u64 %address, %address;
    mov.u32 %thread, %tid.x;
    mul.wide.u32 %offset, %thread, 4;
    add.s64 %address, %address, %offset;
    ld.global.u32 %number, [%address];
    mul.lo.s32 %number, %number, %number;
    st.global.u32 [%address], %number;
    ret;
}
"""


def call(name: str, *arguments: Any) -> None:
    """Call a function of CUDA's driver."""
    if code := getattr(ctypes.CDLL("libcuda.so.1"), name)(*arguments):
        raise RuntimeError(f"{name}: error {code}")


device, context, module, function = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
address, numbers = ctypes.c_uint64(), (ctypes.c_uint32 * 4)(1, 2, 3, 40000)
size = ctypes.c_size_t(ctypes.sizeof(numbers))
call("cuInit", 0)
call("cuDeviceGet", ctypes.byref(device), 0)
call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
call("cuCtxSetCurrent", context)
call("cuModuleLoadData", ctypes.byref(module), SQUARE)
call("cuModuleGetFunction", ctypes.byref(function), module, b"square")
call("cuMemAlloc_v2", ctypes.byref(address), size)
call("cuMemcpyHtoD_v2", address, numbers, size)
parameters = (ctypes.c_void_p * 1)(ctypes.addressof(address))
call("cuLaunchKernel", function, 1, 1, 1, len(numbers), 1, 1, 0, None, parameters, None)
call("cuMemcpyDtoH_v2", numbers, address, size)
print("squares:", *numbers)  # noqa: T201 - a cell shows what it has computed
