# SPDX-License-Identifier: Apache-2.0
"""gdb commands for a program that `heddle replay --gdb` runs.

    heddle threads    the model threads: where each is, and what it is about to do
    heddle thread N   shows the stack of thread N (a number or a name such as T1); bt, frame, up,
                      info locals and print then work on it
    heddle back       back to the thread that is running

All model threads run on one thread of the kernel's, so gdb's own `info threads` does not know them.
The table is that of checker/runtime/debug_stop.h.
"""

import gdb

REGISTERS = ("rip", "rsp", "rbp", "rbx", "r12", "r13", "r14", "r15")
WORDS = 16
MOST = 64

_saved = {}  # Registers of the running thread while another one is shown.


def _address(symbol):
    return int(gdb.parse_and_eval(f"(unsigned long)&{symbol}"))


def _word(address):
    return int.from_bytes(gdb.selected_inferior().read_memory(address, 8).tobytes(), "little")


def _text(address):
    return gdb.Value(address).cast(gdb.lookup_type("char").pointer()).string() if address else ""


def _threads():
    table = _address("heddle_debug_threads")
    for number in range(MOST):
        entry = table + number * WORDS * 8
        words = [_word(entry + 8 * i) for i in range(3 + len(REGISTERS))]
        if words[0]:
            yield number, _text(words[0]), _text(words[1]), words[2] != 0, words[3:]


def _list_threads():
    for number, name, state, is_current, _ in _threads():
        print(f"{'*' if is_current else ' '} {number:2}  {name:8}  {state}")


def _show_frame():
    """Selects the innermost frame of the program's own code and shows it."""
    frame = gdb.newest_frame()
    try:
        while frame is not None and frame.older() is not None:
            if gdb.solib_name(frame.pc()) is None and frame.function() is not None:
                break
            frame = frame.older()
        if frame is not None:
            frame.select()
    except gdb.error:
        pass
    gdb.execute("frame")


def _set_registers(values):
    gdb.newest_frame().select()
    for name, value in values.items():
        gdb.execute(f"set ${name} = {value}", to_string=True)


def _back():
    if _saved:
        values = dict(_saved)
        _saved.clear()
        _set_registers(values)


class Heddle(gdb.Command):
    """Commands for the model threads of an explored program."""

    def __init__(self):
        super().__init__("heddle", gdb.COMMAND_STACK, prefix=True)


class Threads(gdb.Command):
    """Lists the model threads: where each is, and what it is about to do."""

    def __init__(self):
        super().__init__("heddle threads", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        _list_threads()


class Thread(gdb.Command):
    """heddle thread N: shows the stack of that model thread, by number or name."""

    def __init__(self):
        super().__init__("heddle thread", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        for number, name, state, is_current, registers in _threads():
            if argument not in (str(number), name):
                continue
            _back()
            if is_current:
                _show_frame()
                return
            if not any(registers):
                raise gdb.GdbError(f"{name} {state}: it has no stack")
            gdb.newest_frame().select()
            for register in REGISTERS:
                _saved[register] = int(gdb.parse_and_eval(f"(unsigned long)${register}"))
            known = {
                register: value
                for register, value in zip(REGISTERS, registers)
                if value or register in ("rip", "rsp", "rbp")
            }
            _set_registers(known)
            print(f"{name} {state}")
            _show_frame()
            return
        raise gdb.GdbError(f"there is no model thread \"{argument}\"; see heddle threads")


class Back(gdb.Command):
    """Back to the model thread that is running."""

    def __init__(self):
        super().__init__("heddle back", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        _back()
        _show_frame()


class Stop(gdb.Breakpoint):
    """At each finding of the replayed execution."""

    def __init__(self):
        super().__init__("heddle_debug_stop", internal=True)
        self.silent = True


def _on_stop(event):
    if isinstance(event, gdb.BreakpointEvent) and any(
        isinstance(breakpoint, Stop) for breakpoint in event.breakpoints
    ):
        print("heddle: " + _text(_word(_address("heddle_debug_message"))))
        if any(is_current for _, _, _, is_current, _ in _threads()):
            _show_frame()
        else:
            _list_threads()


class Start(gdb.Command):
    """Runs the program up to the first finding."""

    def __init__(self):
        super().__init__("heddle start", gdb.COMMAND_RUNNING)

    def invoke(self, argument, from_tty):
        gdb.execute("set breakpoint pending on")
        gdb.execute("set print thread-events off")
        # How Heddle notices the first write to a page; what is no such write is a finding.
        gdb.execute("handle SIGSEGV nostop noprint pass", to_string=True)
        Stop()
        gdb.events.stop.connect(_on_stop)
        gdb.execute("run")


Heddle()
Threads()
Thread()
Back()
Start()
# Whoever goes on must do so with the registers of the running thread.
for command in ("continue", "step", "next", "finish", "stepi", "nexti", "until"):
    gdb.execute(f"define hook-{command}\npython _back()\nend")
