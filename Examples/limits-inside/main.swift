// The limits of a process, as a shell inside sees them; and a program that is refused to open more files than it may.
import Sandbox

var sandbox = Sandbox()
sandbox.limits.openFiles = .init(soft: 16, hard: 32)
sandbox.limits.fileSize = 1_048_576
sandbox.limits.cpuTime = 10
// More than the host has, perhaps: then what the host has.
sandbox.limits.addressSpace = ResourceLimitBounds(4 << 30).clamped

let shown = try await sandbox.run("/bin/bash", arguments: ["-c", "ulimit -a"])
print(shown.standardOutput)

let program = """
  import errno, resource
  files = []
  def open_all():
      try:
          while len(files) < 1000: files.append(open("/dev/null"))
          return "no end"
      except OSError as error:
          return errno.errorcode[error.errno]
  print(open_all(), "after", files[-1].fileno() + 1, "descriptors")
  resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
  print(open_all(), "after", files[-1].fileno() + 1, "with the soft limit raised to the hard one")
  try: resource.setrlimit(resource.RLIMIT_NOFILE, (33, 33))
  except (OSError, ValueError): print("the hard limit cannot be raised")
  """
print(try await sandbox.run("/usr/bin/python3", arguments: ["-c", program]).standardOutput)

// The control: the closed box's own limits allow more.
sandbox.limits = ResourceLimitPolicy()
sandbox.limits.openFiles = .init(soft: 1024, hard: 4096).clamped
let control = program.split(separator: "\n").prefix(9).joined(separator: "\n")
print(try await sandbox.run("/usr/bin/python3", arguments: ["-c", control]).standardOutput, terminator: "")
