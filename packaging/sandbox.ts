// What the running service's process shows of each line of its sandbox. The service relays while all of them are in force; here each is
// looked up at the kernel, so that a line which systemd passed over in silence is found out.

import type { Machine } from "./machine.ts";

export interface Proof {
  readonly line: string;
  readonly holds: boolean;
  readonly proof: string;
}

/** For the process of muster.service, which must be running. */
export function sandboxProofs(machine: Machine): Proof[] {
  const pid = machine.run("systemctl", "show", "-P", "MainPID", "muster").out.trim();
  const proc = (file: string): string => machine.run("cat", `/proc/${pid}/${file}`).out;
  const status = new Map(
    proc("status")
      .split("\n")
      .map((line) => line.split(":\t") as [string, string]),
  );
  const mounts = proc("mountinfo").split("\n");
  const mounted = (place: string): string | undefined => mounts.findLast((line) => line.split(" ")[4] === place);
  const isReadOnly = (place: string): boolean => /^ro(,|$)/.test(mounted(place)?.split(" ")[5] ?? "");
  // In its namespaces, as root of this machine; the user's own view is what counts for paths.
  const inside = (...command: string[]): boolean =>
    machine.run("nsenter", `--target=${pid}`, "--mount", "--wd=/", ...command).code === 0;
  const own = (space: string): boolean =>
    machine.run("readlink", `/proc/${pid}/ns/${space}`).out !== machine.run("readlink", `/proc/1/ns/${space}`).out;
  const row = (line: string, holds: boolean, proof: string): Proof => ({ line, holds, proof });
  const zero = (name: string): boolean => /^0+$/.test(status.get(name) ?? "");
  return [
    row("User=muster", !(status.get("Uid") ?? "0\t").startsWith("0\t"), `Uid ${status.get("Uid")?.split("\t")[0]}`),
    row("NoNewPrivileges=yes", status.get("NoNewPrivs") === "1", "NoNewPrivs 1"),
    row("CapabilityBoundingSet=", zero("CapBnd"), `CapBnd ${status.get("CapBnd")}`),
    row("AmbientCapabilities=", zero("CapAmb"), `CapAmb ${status.get("CapAmb")}`),
    row(
      "SystemCallFilter= and other filters",
      status.get("Seccomp") === "2",
      `Seccomp_filters ${status.get("Seccomp_filters")}`,
    ),
    row("PrivateUsers=yes", own("user"), "a user namespace of its own"),
    row("PrivateMounts=yes", own("mnt"), "a mount namespace of its own"),
    row("PrivateIPC=yes", own("ipc"), "an IPC namespace of its own"),
    row("ProtectHostname=yes", own("uts"), "a host name of its own"),
    row("PrivateTmp=yes", mounted("/tmp") !== undefined, "/tmp is mounted for it alone"),
    row("ProtectSystem=strict", isReadOnly("/"), "/ is read only"),
    row(
      "StateDirectory=muster",
      mounted("/var/lib/muster") !== undefined && !isReadOnly("/var/lib/muster"),
      "/var/lib/muster can be written",
    ),
    row("ProtectHome=yes", !inside("ls", "/root/.bashrc") || isEmpty(machine, pid, "/root"), "/root is empty for it"),
    row("ProtectProc=invisible", /hidepid=(2|invisible)/.test(mounted("/proc") ?? ""), "/proc hides other processes"),
    row("ProcSubset=pid", /subset=pid/.test(mounted("/proc") ?? ""), "/proc has processes only"),
    row("ProtectControlGroups=yes", isReadOnly("/sys/fs/cgroup"), "/sys/fs/cgroup is read only"),
    row("ProtectKernelTunables=yes", isReadOnly("/sys") || isReadOnly("/sys/kernel/debug"), "/sys is read only"),
    row("ProtectKernelModules=yes", isEmpty(machine, pid, "/usr/lib/modules"), "/usr/lib/modules is out of reach"),
    row(
      "ProtectKernelLogs=yes",
      !inside("test", "-r", "/dev/kmsg") || mounted("/dev/kmsg") !== undefined,
      "/dev/kmsg is out of reach",
    ),
    row("UMask=0077", status.get("Umask") === "0077", `Umask ${status.get("Umask")}`),
    row("LimitCORE=0", /Max core file size\s+0\s+0/.test(proc("limits")), "no core files"),
    row(
      "LoadCredential=",
      machine.run("ls", "/run/credentials/muster.service").out.includes("muster_token"),
      "the token, from a file that only root reads",
    ),
  ];
}

function isEmpty(machine: Machine, pid: string, folder: string): boolean {
  return machine.run("nsenter", `--target=${pid}`, "--mount", "--wd=/", "ls", "-A", folder).out.trim() === "";
}
