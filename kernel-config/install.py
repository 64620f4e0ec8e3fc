"""Installs the kernel "Java (CRU-Net)" into the Python environment that runs this file.

    install.py                 with the library of target/
    install.py target/spark    with Apache Spark too, from a build with the profile spark

It needs the packages of environment/requirements.txt and the library (mvn -DskipTests package), and says so. It also
switches off the parts of JupyterLab that ask the network: its news and its extension manager. It writes only what has
changed, and prints nothing when that is nothing.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from string import Template

FOLDER = Path(__file__).resolve().parent
TARGET = Path(*sys.argv[1:2] or [FOLDER.parent / "target"]).resolve()
SPARK = (TARGET / "jars").is_dir()
PREFIX = Path(sys.prefix)


def java() -> Path:
    """The java of JAVA_HOME, or else the first one on the path."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home, "bin")) if home else None)
    return Path(found or sys.exit("There is no java: install a JDK, 17 or newer, or set JAVA_HOME to one."))


def class_path() -> str:
    """JJava, which its Python package brings, then the library and what it needs."""
    jjava = PREFIX / "share/jupyter/kernels/java/jjava.jar"
    if not jjava.is_file():
        sys.exit("JJava is missing; first type: python -m pip install -r environment/requirements.txt")
    libraries = TARGET / ("jars" if SPARK else "lib")
    newest = max((libraries if SPARK else TARGET).glob("crunet-*.jar"), key=os.path.getmtime, default=None)
    if newest is None:
        sys.exit("The library is not built; first type: mvn -DskipTests package")
    return os.pathsep.join(map(str, [jjava, newest, libraries / "*"]))


def with_spark(text: str) -> str:
    """The kernel as Spark needs it: its home for workers on this machine, and packages open that its messages need."""
    kernel = json.loads(text)
    packages = ("java.lang.invoke", "java.nio", "java.util", "sun.nio.ch", "sun.security.action")
    kernel["argv"][1:1] = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in packages]
    kernel["env"] |= {"SPARK_HOME": str(TARGET), "SPARK_SCALA_VERSION": "2.13"}
    if "SPARK_LOCAL_IP" not in os.environ:
        kernel["env"]["SPARK_LOCAL_IP"] = "127.0.0.1"
    return json.dumps(kernel, indent=2) + "\n"


def write(file: Path, text: str) -> None:
    """Writes the file unless it is there already with the same text."""
    if file.is_file() and file.read_text("utf-8") == text:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    print("Installed", file)


def main() -> None:
    values = {"java": java(), "class_path": class_path(), "folder": FOLDER.as_posix()}
    quoted = {name: json.dumps(str(value))[1:-1] for name, value in values.items()}
    kernel = Template((FOLDER / "kernel.json").read_text("utf-8")).substitute(quoted)
    write(PREFIX / "share/jupyter/kernels/crunet/kernel.json", with_spark(kernel) if SPARK else kernel)
    page = (FOLDER / "page_config.json").read_text("utf-8")
    write(PREFIX / "etc/jupyter/labconfig/page_config.d/crunet.json", page)


if __name__ == "__main__":
    main()
