import ArgumentParser
import Sandbox

struct JailerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jailer",
    abstract: "Writes the jailer to a file, for hosts where no memfd may be executed.",
    usage: "sandbox jailer file",
    discussion: """
      The jailer makes the jails, and is each one's init. It is part of this program, and needs no file but where the host \
      forbids to execute what lies in memory alone: vm.memfd_noexec=2, or a security module's policy. There:

        sandbox jailer /usr/local/libexec/sandbox-jailer
        sandbox run --jailer /usr/local/libexec/sandbox-jailer -- true
      """)

  @Argument(help: .init("The file to make; there must be none.", valueName: "file"))
  var file: String

  func run() throws { try Sandbox.Jailer.write(to: file) }
}
