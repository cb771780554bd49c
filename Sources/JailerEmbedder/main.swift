// Compiles the jailer's sources with the toolchain's clang, once a processor, and writes the images into one Swift file.
//
//     JailerEmbedder CLANG SOURCES WORK OUTPUT

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

struct Failure: Error, CustomStringConvertible { let description: String }

func run(_ arguments: [String]) throws {
  var pid: pid_t = 0
  let copies = arguments.map { strdup($0) } + [nil]
  defer { copies.forEach { free($0) } }
  let error = posix_spawn(&pid, arguments[0], nil, nil, copies, environ)
  guard error == 0 else { throw Failure(description: "\(arguments[0]): error \(error)") }
  var status: Int32 = 0
  while waitpid(pid, &status, 0) < 0 { guard errno == EINTR else { throw Failure(description: "waitpid: \(errno)") } }
  guard status == 0 else { throw Failure(description: "\(arguments.joined(separator: " ")): status \(status)") }
}

func read(_ path: String) throws -> [UInt8] {
  guard let file = fopen(path, "rb") else { throw Failure(description: "\(path): error \(errno)") }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65536)
  while true {
    let n = fread(&chunk, 1, chunk.count, file)
    if n == 0 { return bytes }
    bytes += chunk[..<n]
  }
}

func save(_ text: String, to path: String) throws {
  guard let file = fopen(path, "wb") else { throw Failure(description: "\(path): error \(errno)") }
  let written = text.withCString { fputs($0, file) }
  guard fclose(file) == 0, written >= 0 else { throw Failure(description: "\(path): error \(errno)") }
}

func filesInDirectory(_ path: String, suffix: String) throws -> [String] {
  guard let directory = opendir(path) else { throw Failure(description: "\(path): error \(errno)") }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    if name.hasSuffix(suffix) { names.append("\(path)/\(name)") }
  }
  return names.sorted()
}

/// The freestanding image for one processor: no libc, no symbols, nothing writable but its own data.
func compile(_ clang: String, sources: String, for processor: String, to image: String) throws {
  try run(
    [
      clang, "--target=\(processor)-unknown-linux-gnu", "-DJAILER_IMAGE", "-std=c17", "-Os", "-Wall", "-Wextra",
      "-Werror", "-Wno-unused-parameter", "-ffreestanding", "-fno-builtin", "-fno-stack-protector", "-fno-pic",
      "-fno-asynchronous-unwind-tables", "-fno-ident", "-nostdlib", "-static", "-fuse-ld=lld",
      "-Wl,--build-id=none,-z,norelro,-z,noexecstack,-s",
      "-I\(sources)/CSyscalls/include", "-I\(sources)/Jailer/include", "-I\(sources)/Jailer",
    ] + filesInDirectory("\(sources)/Jailer", suffix: ".c") + ["-o", image])
}

func hexadecimal(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

do {
  let arguments = CommandLine.arguments
  guard arguments.count == 5 else { throw Failure(description: "usage: JailerEmbedder CLANG SOURCES WORK OUTPUT") }
  let (clang, sources, work, output) = (arguments[1], arguments[2], arguments[3], arguments[4])
  var text = "// Made while the package builds, from Sources/Jailer.\n\nextension JailerImage {\n"
  for (condition, processor) in [("#if arch(x86_64)", "x86_64"), ("#elseif arch(arm64)", "aarch64")] {
    let image = "\(work)/jailer-\(processor)"
    try compile(clang, sources: sources, for: processor, to: image)
    text += "\(condition)\n  static let hexadecimal: StaticString = \"\(hexadecimal(try read(image)))\"\n"
  }
  text += "#else\n  #error(\"Sandbox knows x86_64 and aarch64\")\n#endif\n}\n"
  try save(text, to: output)
} catch {
  let message = "JailerEmbedder: \(error)\n"
  _ = message.withCString { write(2, $0, strlen($0)) }
  exit(1)
}
