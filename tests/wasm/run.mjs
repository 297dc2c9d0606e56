// Runs pytest under CPython 3.14 in WebAssembly: `node run.mjs ROOT WHEELS [pytest arguments…]`.
//
// ROOT is mounted at /project and is the working folder; every wheel of the folder WHEELS is
// unpacked beside the standard library. The exit code is pytest's.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadPyodide } from "pyodide";

const [root, wheels, ...rest] = process.argv.slice(2);
const pyodide = await loadPyodide();
pyodide.FS.mkdirTree("/wheels");
for (const name of readdirSync(wheels).filter((name) => name.endsWith(".whl"))) {
  const content = new Uint8Array(readFileSync(join(wheels, name)));
  pyodide.unpackArchive(content, "wheel", { extractDir: "/wheels" });
}
pyodide.FS.mkdirTree("/project");
pyodide.mountNodeFS("/project", root);
pyodide.globals.set("arguments", pyodide.toPy(rest));
const code = await pyodide.runPythonAsync(`
import os, sys
os.environ["PYTHONHASHSEED"] = "0"
sys.dont_write_bytecode = True
sys.path[:0] = ["/project", "/wheels"]
os.chdir("/project")
print(f"Python {sys.version.split()[0]} on {sys.platform}")
import pytest
quiet = ["-q", "-W", "ignore::pytest.PytestConfigWarning"]  # of the option of pytest-timeout
int(pytest.main(["-p", "no:cacheprovider", "-p", "no:timeout", *quiet, *arguments]))
`);
process.exit(code);
