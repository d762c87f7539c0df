"""A machine of its own for the tests: they run as its root, and leave nothing behind.

enter() runs the program again in namespaces of its own (files, network, processes). Its `/` is what the real one has, seen through
an overlay: what is written to /etc, /opt or /var/lib is gone at the end. Ports are its own, so that a server is started as the
documents say it, on 3141 and 9090. What a machine has and namespaces have not, systemd above all, stands in machine/ beside this
file, and is put before the real ones in PATH.
"""

import fcntl
import os
import shutil
import socket
import struct
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MARK = "GEODE_TEST_MACHINE"

PREPARE = """
set -e
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
root=/mnt/root
mount --rbind /dev $root/dev
mount --rbind /tmp $root/tmp
mount -t proc proc $root/proc
for place in "$ROOT" "$PROGRAMS"; do
  mkdir -p "$root$place"
  mount --rbind "$place" "$root$place"
done
rm -rf $root/run/geode $root/etc/geode $root/var/lib/geode $root/opt/geode
# As a package leaves it.
mkdir -p $root/run/geode $root/etc/geode
install -m 0755 "$GEODE" $root/usr/local/bin/geode
exec chroot $root "$@"
"""


def available():
    """Why there can be no such machine; None when there can."""
    done = subprocess.run(["unshare", *flags(), "sh", "-c", "mount -t tmpfs tmpfs /mnt && mkdir /mnt/u /mnt/w /mnt/r && "
                           "mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/u,workdir=/mnt/w /mnt/r"],
                          capture_output=True, text=True) if shutil.which("unshare") else None
    if done is None:
        return "unshare is not installed"
    return None if done.returncode == 0 else "namespaces are not allowed: " + done.stderr.strip()


def flags():
    return ["--mount", "--net", "--pid", "--fork", "--kill-child"] + ([] if os.getuid() == 0 else ["--map-root-user"])


def enter():
    """Goes on in the machine; the exit status of what ran there ends this process."""
    if MARK in os.environ:
        loopback_up()
        os.environ["PATH"] = os.path.join(HERE, "machine") + ":/usr/local/bin:" + os.environ["PATH"]
        return
    geode = os.path.abspath(os.environ.get("GEODE", shutil.which("geode") or "geode"))
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GEODE_") and key != "XDG_RUNTIME_DIR"}
    environment.update({MARK: "1", "GEODE": geode, "ROOT": ROOT, "PROGRAMS": os.path.dirname(geode), "HOME": "/root", "LC_ALL": "C.UTF-8"})
    command = ["unshare", *flags(), "sh", "-c", PREPARE, "sh", sys.executable, os.path.abspath(sys.argv[0]), *sys.argv[1:]]
    sys.exit(subprocess.run(command, env=environment).returncode)


def loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 1)  # IFF_UP
        fcntl.ioctl(any_socket, 0x8914, request)  # SIOCSIFFLAGS
