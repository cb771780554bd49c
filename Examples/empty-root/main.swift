// A payload that sees an empty directory as its root.
//
// A program needs itself, at least: this one executes a copy of busybox, which needs no library, and which is bound over
// nothing but its own name.
import Sandbox

guard CommandLine.arguments.count == 2 else { fatalError("usage: empty-root PATH-OF-A-STATIC-BUSYBOX") }

var sandbox = Sandbox()
sandbox.filesystem = .empty
sandbox.filesystem.mounts = [.bind(CommandLine.arguments[1], at: "/busybox")]

let listing = try await sandbox.run("/busybox", arguments: ["ls", "-A", "/"])
print("the root contains: \(listing.standardOutput)", terminator: "")

let writing = try await sandbox.run("/busybox", arguments: ["touch", "/file"])
print("writing to it:     \(writing.standardError)", terminator: "")
