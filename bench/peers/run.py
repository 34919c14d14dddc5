"""Measures Ticketfall beside the same job as people write it today, in one run, and prints a table.

Every candidate talks to a box office of its own in another process, by its own HTTP client over real sockets. What
is counted comes from the box office's log and from the kernel, not from the candidates.
"""

import argparse
import http.cookiejar
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SET_UP = ROOT / "target" / "peers"
TICKETFALL = pathlib.Path(os.environ.get("TICKETFALL", ROOT / "target" / "release" / "ticketfall"))
EVENT = 4001
TOKEN = re.compile(r'name="__RequestVerificationToken" value="([^"]*)"')


def get(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


class BoxOffice:
    """A box office process, with its demo accounts."""

    def __init__(self, members, script, directory):
        path = pathlib.Path(directory) / "script.toml"
        path.write_text(script, encoding="utf8")
        self.process = subprocess.Popen(
            [TICKETFALL, "boxoffice", "--json", "--listen", "127.0.0.1:0", "--members", str(members), "--script", path],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.opened = time.monotonic()
        told = json.loads(self.process.stdout.readline())
        self.origin = told["origin"].rstrip("/")
        self.accounts = [{"email": email, "password": password} for email, password in told["members"]]

    def looks(self):
        return sum("/EDP/Seats/Available" in line["path"] for line in get(f"{self.origin}/_boxoffice/log"))

    def falls(self):
        return get(f"{self.origin}/_boxoffice/state")["falls"]

    def close(self):
        self.process.terminate()
        self.process.wait()


class Watched:
    """A candidate's process: its CPU seconds and its memory."""

    def __init__(self, command, **options):
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)

    def cpu(self):
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    def memory(self):
        rollup = pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return int(re.search(r"^Pss:\s+(\d+)", rollup, re.M).group(1)) * 1024

    def close(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()


def peer(command):
    def start(office, job, directory):
        accounts = pathlib.Path(directory) / "accounts.json"
        accounts.write_text(json.dumps(office.accounts[: job["profiles"]]), encoding="utf8")
        options = {"origin": office.origin, "prefix": "/northend", "event": EVENT, "accounts": str(accounts),
                   "maxPence": 10000, "seats": 2, **job}
        return Watched([*command, json.dumps(options)])
    return start


def cookies_of(office, account):
    jar = http.cookiejar.CookieJar()
    client = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    login = f"{office.origin}/northend/Authentication/Login"
    token = TOKEN.search(client.open(login).read().decode()).group(1)
    form = urllib.parse.urlencode({"__RequestVerificationToken": token, **account}).encode()
    client.open(login, form).read()
    return [{"name": c.name, "value": c.value, "domain": "127.0.0.1", "path": c.path, "hostOnly": True} for c in jar]


def ticketfall(office, job, directory):
    home = pathlib.Path(directory)
    rows = []
    monitors = [f'data_dir = "{home}/data"\n[api]\nlisten = "127.0.0.1:0"\n[sellers.boxoffice]\norigin = "{office.origin}"\n']
    url = f"{office.origin}/northend/EDP/Event/Index/{EVENT}"
    for number, account in enumerate(office.accounts[: job["profiles"]]):
        cookies = home / f"cookies-{number}.json"
        cookies.write_text(json.dumps(cookies_of(office, account)), encoding="utf8")
        rows.append({"name": f"member-{number}", "browser": "none", "cookies_file": str(cookies)})
        wanted = f'speedLimit = "{job["interval"]}", onMatch = "{"hold" if job["hold"] else "notify"}"'
        monitors.append(f'[[monitors]]\nprofile = "member-{number}"\nevent = "{url}"\nconfiguration = {{ {wanted} }}\n')
    (home / "ticketfall.toml").write_text("".join(monitors), encoding="utf8")
    (home / "members.json").write_text(json.dumps(rows), encoding="utf8")
    command = [TICKETFALL, "--config", home / "ticketfall.toml"]
    subprocess.run([*command, "profile", "import", home / "members.json"], check=True, capture_output=True)
    return Watched([*command, "serve"])


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def page_monitor(office, job, directory):
    """A page monitor off the shelf: a watch for each profile on the feed that the others read, signed in by a cookie.

    It is told to look as often as it can; it does not know what a seat is, and holds nothing.
    """
    cookies = "; ".join(f"{c['name']}={c['value']}" for c in cookies_of(office, office.accounts[0]))
    feed = (f"{office.origin}/northend/EDP/Seats/AvailableResale?AreSeatsTogether=false&EventId={EVENT}"
            "&MaximumPrice=10000000&MinimumPrice=0&Quantity=1&MarketType=1")
    watch = {"time_between_check_use_default": False, "time_between_check": {"seconds": 1},
             "headers": {"Cookie": cookies, "X-Requested-With": "XMLHttpRequest"}}
    command = [SET_UP / "changedetection" / "bin" / "changedetection.io", "-d", directory, "-C", "-h", "127.0.0.1",
               "-p", str(free_port()), "-l", "ERROR"]
    for number in range(job["profiles"]):
        command += ["-u", f"{feed}#{number}", f"-u{number}", json.dumps(watch)]
    environment = {**os.environ, "MINIMUM_SECONDS_RECHECK_TIME": "1", "ALLOW_IANA_RESTRICTED_ADDRESSES": "true",
                   "FETCH_WORKERS": str(min(job["profiles"], 20)), "DISABLE_VERSION_CHECK": "true"}
    return Watched(command, env=environment)


# What only looks, and is not asked to catch anything.
LOOKS_ONLY = {"changedetection.io"}

CANDIDATES = {
    "Ticketfall": ticketfall,
    "Node, axios": peer(["node", SET_UP / "axios" / "watch.mjs"]),
    "Node, undici": peer(["node", SET_UP / "undici" / "watch.mjs"]),
    "Python, requests": peer([SET_UP / "requests" / "bin" / "python", HERE / "requests" / "watch.py"]),
    "changedetection.io": page_monitor,
}


def set_up():
    """Installs what the peers need below `target`."""
    SET_UP.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "watch.mjs", SET_UP / "watch.mjs")
    for name in ("axios", "undici"):
        shutil.copytree(HERE / name, SET_UP / name, dirs_exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=SET_UP / name, check=True)
    for name in ("requests", "changedetection"):
        if not (SET_UP / name).exists():
            subprocess.run([sys.executable, "-m", "venv", SET_UP / name], check=True)
        pip = [SET_UP / name / "bin" / "pip", "install", "--quiet", "-r", HERE / name / "requirements.txt"]
        subprocess.run(pip, check=True)


def run(start, job, script="", members=None):
    with tempfile.TemporaryDirectory() as directory:
        office = BoxOffice(members or job["profiles"], script, directory)
        try:
            candidate = start(office, job, directory)
            try:
                yield office, candidate
            finally:
                candidate.close()
        finally:
            office.close()


def until_looking(office):
    """Some start within a moment, some read a framework first."""
    deadline = time.monotonic() + 60
    while not office.looks():
        if time.monotonic() > deadline:
            raise RuntimeError("nobody looks")
        time.sleep(0.5)


def looking(start, seconds):
    """One profile that looks ten times a second: CPU a look, and how many of them a core could do."""
    for office, candidate in run(start, {"profiles": 1, "interval": 0.1, "seconds": seconds + 60, "hold": False}):
        until_looking(office)
        time.sleep(4)
        looks, cpu = office.looks(), candidate.cpu()
        time.sleep(seconds)
        looks, cpu = office.looks() - looks, candidate.cpu() - cpu
        return {"looks a second, of 10 that are wanted": looks / seconds, "CPU a look, µs": cpu / looks * 1e6,
                "looks a second for each core": looks / cpu}


def parked(start, seconds, profiles):
    """Many profiles at a look a second each: memory a profile, CPU, and what the seller is asked."""
    small = large = None
    for count in (1, profiles):
        job = {"profiles": count, "interval": 1, "seconds": seconds + 60, "hold": False}
        for office, candidate in run(start, job):
            until_looking(office)
            time.sleep(10)
            looks, cpu = office.looks(), candidate.cpu()
            time.sleep(seconds)
            seen = {"memory": candidate.memory(), "cpu": (candidate.cpu() - cpu) / seconds,
                    "looks": (office.looks() - looks) / seconds}
            print(f"  {count} profiles: {seen}", file=sys.stderr, flush=True)
        small, large = large, seen
    return {f"KB a further profile (of {profiles})": (large["memory"] - small["memory"]) / (profiles - 1) / 1024,
            f"CPU, % of a core, {profiles} profiles": large["cpu"] * 100, f"looks a second, {profiles} profiles": large["looks"]}


def catching(start, falls, profiles):
    """Falls with scripted rivals: the share that is caught, and the time from the fall to the hold."""
    every = 4
    script = (f'[rivals]\ncount = 6\nreaction_ms = [150, 2500]\nappetite = 1.0\n'
              f'[[fall]]\nat = "12s"\nevent = {EVENT}\nseats = 2\nprice = "60.00"\ncount = {falls}\nevery = "{every}s"\n')
    job = {"profiles": profiles, "interval": 1, "seconds": 12 + falls * every + 10, "hold": True}
    for office, _candidate in run(start, job, script):
        time.sleep(12 + falls * every + 4)
        caught = [seat["fate"]["at"] - fall["at"] for fall in office.falls() if fall["cause"] == "script"
                  for seat in fall["seats"][:1] if seat["fate"]["what"] == "held"]
        total = sum(fall["cause"] == "script" for fall in office.falls())
        median = statistics.median(caught) * 1000 if caught else float("nan")
        return {"caught, %": 100 * len(caught) / total, "fall to held, median ms": median}


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=int, default=10, help="how long each is measured")
    options.add_argument("--profiles", type=int, default=100)
    options.add_argument("--falls", type=int, default=20)
    options.add_argument("--only", action="append", choices=CANDIDATES)
    options = options.parse_args()
    set_up()
    names = options.only or list(CANDIDATES)
    results = {}
    for name in names:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        start = CANDIDATES[name]
        results[name] = {**looking(start, options.seconds), **parked(start, options.seconds, options.profiles)}
        if name not in LOOKS_ONLY:
            results[name].update(catching(start, options.falls, options.falls))
    rows = list(max(results.values(), key=len))
    print("| | " + " | ".join(names) + " |\n|" + "---|" * (len(names) + 1))
    for row in rows:
        print(f"| {row} | " + " | ".join(f"{results[name][row]:.4g}" if row in results[name] else "cannot" for name in names) + " |")


main()
