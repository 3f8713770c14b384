"""Starts a command as systemd would start a service with Type=notify: hears its words, and when none says that it is alive
for WATCHDOG_USEC, ends it and starts it again. One JSON line for each thing that happens. Ends with its standard input."""

import json, os, select, signal, socket, subprocess, sys, time

folder, period = sys.argv[1], float(sys.argv[2])
path = os.path.join(folder, "notify")
ears = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
ears.bind(path)
environment = {**os.environ, "NOTIFY_SOCKET": path, "WATCHDOG_USEC": str(int(period * 1_000_000))}


def tell(at, **more):
    print(json.dumps({"at": at, "time": time.monotonic(), **more}), flush=True)


child = None
while True:
    if child is None or child.poll() is not None:
        if child is not None:
            tell("ended", code=child.returncode)
        child = subprocess.Popen(sys.argv[3:], env=environment, stdin=subprocess.DEVNULL, stdout=2)
        ready, last = False, time.monotonic()
        tell("started", pid=child.pid)
    readable, _, _ = select.select([ears, sys.stdin], [], [], 0.1)
    if sys.stdin in readable and sys.stdin.read(1) == "":
        child.send_signal(signal.SIGKILL)
        child.wait()
        break
    if ears in readable:
        words = ears.recv(4096).decode()
        last = time.monotonic()
        ready = ready or "READY=1" in words
        tell("said", words=words.strip())
    if ready and time.monotonic() - last > period:
        tell("killed")
        child.send_signal(signal.SIGKILL)
        child.wait()
