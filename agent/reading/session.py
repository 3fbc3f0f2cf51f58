"""Runs model files with ONNX Runtime, within limits of memory and time."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, wait
from functools import cache
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

import onnxruntime

# A model is a program, perhaps a stranger's. The shipped model needs a tenth of this.
MOST_MEMORY = 300_000_000  # bytes
# The shipped model reads the largest batch in a hundredth of this.
MOST_SECONDS = 20.0
SECONDS_TO_STOP = 2.0

Result = TypeVar("Result")


def open_session(
    content: bytes, threads: int, level: onnxruntime.GraphOptimizationLevel
) -> onnxruntime.InferenceSession:
    """Load the content of a model file. Raises ONNX Runtime's errors."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = level
    # More threads do not speed up small pictures; they only take cores from the browser.
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Errors are raised as exceptions, so the library need not print them.
    options.log_severity_level = 4
    # Refuse its other format, flatbuffers, which is not checked as strictly.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    _bound_memory()
    options.add_session_config_entry("session.use_env_allocators", "1")
    return onnxruntime.InferenceSession(
        content, options, providers=["CPUExecutionProvider"], enable_fallback=0
    )


@cache
def _bound_memory() -> None:
    """Limit the memory for the tensors of all readers, once in a process."""
    memory = onnxruntime.OrtMemoryInfo(
        "Cpu",
        onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR,
        0,
        onnxruntime.OrtMemType.DEFAULT,
    )
    bounds = onnxruntime.OrtArenaCfg({"max_mem": MOST_MEMORY})
    onnxruntime.create_and_register_allocator(memory, bounds)


# The queues of the threads that wait for a call; a new thread for each would take longer than
# the network.
_waiting: list[SimpleQueue[Callable[[], None]]] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_waiting.clear)  # a fork does not copy threads


def in_time(call: Callable[[], Result], stop: Callable[[], object] = lambda: None) -> Result:
    """The result of a call into ONNX Runtime, which neither Ctrl-C nor a signal interrupts.

    The call runs in another thread; `stop` asks it to end. Raises TimeoutError after
    MOST_SECONDS, and what the call raises.
    """
    future: Future[Result] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except BaseException as error:
            future.set_exception(error)

    try:
        thread = _waiting.pop()
    except IndexError:
        thread = SimpleQueue()
        # A process does not wait for a daemon thread, as loading a model cannot be stopped.
        Thread(target=_work_for_ever, args=(thread,), daemon=True).start()
    thread.put(work)
    try:
        return future.result(MOST_SECONDS)
    except TimeoutError:
        raise TimeoutError(f"it takes more than {MOST_SECONDS:g} s") from None
    finally:
        if not future.done():
            stop()
            # A process that ends while the thread computes would crash.
            wait([future], SECONDS_TO_STOP)
        if future.done():
            _waiting.append(thread)


def _work_for_ever(calls: SimpleQueue[Callable[[], None]]) -> None:
    while True:
        calls.get()()
