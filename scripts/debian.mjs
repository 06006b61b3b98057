// Installs packages of Debian and its like, with Node's own modules only.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { refuse } from "./setup.mjs";

export function isDebian() {
  try {
    const release = readFileSync("/etc/os-release", "utf8");
    return /^ID(_LIKE)?=.*(debian|ubuntu)/m.test(release);
  } catch {
    return false;
  }
}

/** Ends the process with what to run by hand where that fails. @param {string} name */
export function installDebianPackage(name) {
  console.error(`Installing Debian's package \`${name}\` …`);
  const asRoot = process.getuid?.() === 0 ? [] : ["sudo"];
  const apt = [...asRoot, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"];
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", name]]) {
    const [command = "apt-get", ...rest] = [...apt, ...args];
    const { status } = spawnSync(command, rest, { stdio: ["inherit", 2, 2] });
    if (status !== 0)
      refuse(
        `\`${name}\` could not be installed: run \`sudo apt-get install ${name}\`, then try again.`,
      );
  }
}
