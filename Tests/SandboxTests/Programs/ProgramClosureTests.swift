import Glibc
import Testing

@testable import Rootfs
@testable import Sandbox

/// A program of the host, with what its loader needs.
@Suite("Programs with their libraries", .requires(.gcc)) struct ProgramClosureTests {
  /// A program and its libraries, built for a test: `main` needs `a`, which needs `b`.
  private struct Built {
    let directory = try! TemporaryDirectory()
    var path: String { directory.path }

    /// - Parameters:
    ///   - program: further arguments of the linker for the program; `%` is the directory.
    init(program: String, library: String = "", subdirectory: String = "lib") throws {
      chmod(path, 0o755)
      let script = """
        set -e; cd \(path); mkdir -p bin \(subdirectory); chmod 755 bin lib
        echo 'int b(void) { return 2; }' > b.c; echo 'int b(void); int a(void) { return 40 + b(); }' > a.c
        echo 'int a(void); int puts(const char *); int main(void) { puts(a() == 42 ? "42" : "?"); return 0; }' > main.c
        gcc -shared -fPIC -Wl,-soname,libb-sandbox.so.1 -o \(subdirectory)/libb-sandbox.so.1.0 b.c
        ln -s libb-sandbox.so.1.0 \(subdirectory)/libb-sandbox.so.1
        gcc -shared -fPIC -Wl,-soname,liba-sandbox.so -o \(subdirectory)/liba-sandbox.so a.c \(subdirectory)/libb-sandbox.so.1 \(library)
        gcc -o bin/main main.c \(subdirectory)/liba-sandbox.so -Wl,-rpath-link,\(subdirectory) \(program)
        """
      let result = try Unjailed.run("/bin/bash", ["-c", script.replacing("%", with: path)])
      #expect(result.status == 0)
    }
  }

  /// A root with a program and nothing else.
  private static func sandbox(_ programs: String...) -> Sandbox {
    var sandbox = Sandbox()
    sandbox.filesystem = .empty
    sandbox.filesystem.mounts = programs.map { .program($0) }
    return sandbox
  }

  @Test func `it runs, and nothing else is there`() async throws {
    // A directory lists itself by a program that is linked statically, and so needs nothing.
    var sandbox = Self.sandbox("/bin/ls")
    #expect(try await sandbox.run("/bin/ls", arguments: ["/"]).isSuccess)
    let files = ProgramClosure(of: "/bin/ls").files
    #expect(files.count < 10 && files.allSatisfy { $0.hasSuffix("/ls") || $0.contains(".so") }, "\(files)")
    let linked = try Unjailed.run("/usr/bin/ldd", ["/bin/ls"]).output.matches(of: #/(/\S+) \(0x/#).map { String($0.1) }
    #expect(linked.count > 1)
    for library in linked {
      let real = try Unjailed.run("/usr/bin/readlink", ["-f", library]).output.trimmed
      #expect(files.contains(real), "\(library)")
    }
    #expect(files.count == linked.count + 1, "and no more than ldd knows: \(files), \(linked)")
    let listed = try await sandbox.run("/bin/ls", arguments: ["-R", "/usr"]).standardOutput
    #expect(!listed.contains("python") && listed.contains("libc.so.6"))
    sandbox.filesystem.mounts = [.bind("/bin/ls")]
    let error = await #expect(throws: Sandbox.Error.self, "the control: the program alone does not start") {
      try await sandbox.run("/bin/ls")
    }
    #expect(error?.kind == .notExecutable)
  }

  @Test func `of a prepared sandbox, and over what is there already`() async throws {
    var sandbox = Self.sandbox("/bin/ls", "/bin/cat", "/usr/bin/env")
    sandbox.filesystem.mounts += [.tmpfs(at: "/tmp"), .file(at: "/tmp/x", text: "x\n")]
    let prepared = try await sandbox.prepare()
    #expect(try await prepared.run("/bin/cat", arguments: ["/tmp/x"]).standardOutput == "x\n")
    sandbox = Sandbox()
    sandbox.filesystem.mounts.append(.program("/bin/ls"))
    #expect(try await sandbox.run("/bin/ls").isSuccess)
    #expect(
      try sandbox.plan(for: .init("/bin/ls")).count == Sandbox().plan(for: .init("/bin/ls")).count, "the host's system has it")
  }

  @Test func `python brings its libraries, not its modules`() async throws {
    var sandbox = Self.sandbox("/usr/bin/python3")
    let run = ["-c", "print(6 * 7)"]
    let without = try await sandbox.run("/usr/bin/python3", arguments: run)
    #expect(!without.isSuccess && without.standardError.contains("encodings"))
    let modules = try Unjailed.python("import os; print(os.path.dirname(os.__file__))").trimmed
    sandbox.filesystem.mounts.append(.bind(modules))
    #expect(try await sandbox.run("/usr/bin/python3", arguments: run).standardOutput == "42\n")
  }

  @Test(arguments: [
    ("-Wl,--enable-new-dtags,-rpath,%/lib", "-Wl,--enable-new-dtags,-rpath,%/lib"),
    ("-Wl,--disable-new-dtags,-rpath,%/lib", ""), ("-Wl,--disable-new-dtags,-rpath,$ORIGIN/../lib", ""),
    ("-Wl,--enable-new-dtags,-rpath,${ORIGIN}/../lib", "-Wl,--enable-new-dtags,-rpath,$ORIGIN"),
  ]) func `RUNPATH, RPATH and ORIGIN`(_ program: String, _ library: String) async throws {
    let built = try Built(program: "'\(program)'", library: library.isEmpty ? "" : "'\(library)'")
    var sandbox = Self.sandbox("\(built.path)/bin/main")
    // $ORIGIN is what /proc/self/exe says.
    sandbox.filesystem.mounts.append(.proc)
    #expect(try Unjailed.run("\(built.path)/bin/main", []).output == "42\n", "the control: ld.so finds them")
    #expect(try await sandbox.run("\(built.path)/bin/main").standardOutput == "42\n")
    #expect(!ProgramClosure(of: "\(built.path)/bin/main").files.contains("/etc/ld.so.cache"))
  }

  @Test func `a RUNPATH is the program's alone, and what nobody finds is an error`() throws {
    let built = try Built(program: "-Wl,--enable-new-dtags,-rpath,%/lib")
    let program = "\(built.path)/bin/main"
    #expect(try Unjailed.run(program, []).status != 0, "the control: ld.so does not find the library's library either")
    let error = #expect(throws: Sandbox.Error.self) { try Self.sandbox(program).validate(for: .spawn) }
    #expect(
      error?.problems.map(\.description) == [
        "filesystem.mounts[0].target: \"libb-sandbox.so.1\", which \"\(program)\" is linked with, is nowhere to be found"
      ])
  }

  @Test func `scripts bring their interpreters`() async throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    let inner = try directory.file("inner", "#! /bin/bash -e\necho \"$@\"\n", mode: 0o755)
    let outer = try directory.file("outer", "#!\(inner) x\n", mode: 0o755)
    #expect(try await Self.sandbox(outer).run(outer).standardOutput == "x \(outer)\n")
    let lost = try directory.file("lost", "#!/no/such\n", mode: 0o755)
    let text = try directory.file("text", "text\n", mode: 0o755)
    let loop = try directory.file("loop", "#!\(directory.path)/loop\n", mode: 0o755)
    symlink("\(directory.path)/b", "\(directory.path)/a")
    symlink("\(directory.path)/a", "\(directory.path)/b")
    for (path, message) in [
      (lost, "\"/no/such\" does not exist"), (text, "neither a 64-bit program nor a script"), (loop, "too deep"),
      ("\(directory.path)/a", "a loop of symbolic links"), (directory.path, "is no regular file"), ("/no/such", "does not exist"),
    ] {
      let error = #expect(throws: Sandbox.Error.self) { try Self.sandbox(path).validate(for: .spawn) }
      #expect(error?.problems.count == 1 && error?.problems[0].message.contains(message) == true, "\(error?.problems ?? [])")
    }
  }

  @Test func `a script that names env brings the program of that name`() async throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    let script = try directory.file("script", "#!/usr/bin/env bash \necho \"$0 ran\"\n", mode: 0o755)
    #expect(try await Self.sandbox(script).run(script).standardOutput == "\(script) ran\n")
    let files = ProgramClosure(of: script).files
    #expect(files.contains { $0.hasSuffix("/env") || $0.hasSuffix("/coreutils") } && files.contains { $0.hasSuffix("/bash") })
    for (line, message) in [
      ("env -S bash -e", "runs env(1) with \"-S bash -e\""), ("env bash -e", "runs env(1) with \"bash -e\""),
      ("env A=b", "not the name of a program alone"), ("env", "not the name of a program alone"),
      ("env no-such-program", "is in none of /usr/local/sbin"),
    ] {
      let wrong = try directory.file("wrong", "#!/usr/bin/\(line)\n", mode: 0o755)
      let error = #expect(throws: Sandbox.Error.self) { try Self.sandbox(wrong).validate(for: .spawn) }
      #expect(error?.problems.first?.description.contains(message) == true, "\(line): \(error?.problems ?? [])")
      #expect(error?.problems.first?.path.description == "filesystem.mounts[0].target")
    }
  }

  @Test(.requires(.musl)) func `a program of musl's, and its own library`() async throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    let script = """
      set -e; cd \(directory.path)
      echo 'int a(void) { return 42; }' > a.c
      echo '#include <stdio.h>
      int a(void); int main(void) { printf("%d\\n", a()); return 0; }' > main.c
      musl-gcc -shared -fPIC -Wl,-soname,liba-sandbox.so -o liba-sandbox.so a.c
      musl-gcc -o main main.c liba-sandbox.so -Wl,-rpath,'$ORIGIN'
      """
    #expect(try Unjailed.run("/bin/bash", ["-c", script]).status == 0)
    let program = "\(directory.path)/main"
    #expect(try Unjailed.run(program, []).output == "42\n", "the control: its loader finds all of it")
    var sandbox = Self.sandbox(program)
    sandbox.filesystem.mounts.append(.proc)
    #expect(try await sandbox.run(program).standardOutput == "42\n")
    let closure = ProgramClosure(of: program)
    #expect(closure.files.count == 3 && closure.files.contains("\(directory.path)/liba-sandbox.so"), "\(closure.files)")
    #expect(closure.links.keys.contains { $0.contains("ld-musl-") } || closure.files.contains { $0.contains("ld-musl-") })
    #expect(!closure.files.contains { $0.contains("libc.so.6") || $0.contains("ld.so.cache") }, "nothing of glibc's")
  }

  // MARK: A stranger's program

  private static func problem(of program: String) throws -> String? {
    do throws(Sandbox.Error) {
      try sandbox(program).validate(for: .spawn)
      return nil
    } catch {
      #expect(error.problems.count == 1, "\(error.problems)")
      return error.problems.first?.message
    }
  }

  @Test func `its file cannot name any file of the host's as its loader`() throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    let secret = try directory.file("secret", "a key\n", mode: 0o600)
    var forged = ForgedELF(interpreter: secret)
    let program = try forged.written(to: "\(directory.path)/program")
    #expect(try Self.problem(of: program) == "\"\(secret)\", which \"\(program)\" names as its loader, is none")
    forged.kind = 2
    forged.interpreter = try forged.written(to: "\(directory.path)/other")
    forged.kind = 3
    _ = try forged.written(to: program)
    #expect(try Self.problem(of: program)?.hasSuffix("names as its loader, is none") == true, "nor a program")
    forged.interpreter = try #require(ELFFile("/bin/ls")?.interpreter)
    _ = try forged.written(to: program)
    #expect(try Self.problem(of: program) == nil, "the control: a loader is one")
  }

  @Test func `nor as a library what lies where not everyone may look`() throws {
    let built = try Built(program: "-Wl,--disable-new-dtags,-rpath,%/lib")
    let program = "\(built.path)/bin/main"
    #expect(try Self.problem(of: program) == nil, "the control")
    chmod("\(built.path)/lib", 0o700)
    #expect(
      try Self.problem(of: program)
        == "\"\(built.path)/lib/liba-sandbox.so\", which \"\(program)\" asks for, lies in \"\(built.path)/lib\", which not everyone "
        + "may search")
    chmod("\(built.path)/lib", 0o755)
    chmod(built.path, 0o700)
    #expect(try Self.problem(of: program) == nil, "but for where the program itself lies, which the policy names")
  }

  @Test(.requires(.root)) func `nor lead through a stranger's link to what is another's`() throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    #expect(symlink("/bin/ls", "\(directory.path)/link") == 0)
    #expect(try Self.problem(of: "\(directory.path)/link") == nil, "the control: one's own is followed")
    #expect(lchown("\(directory.path)/link", 20001, 20001) == 0)
    #expect(
      try Self.problem(of: "\(directory.path)/link")
        == "\"\(directory.path)/link\" leads through a symbolic link of uid 20001 to what belongs to uid 0")
  }

  @Test func `what is larger than any program's is an error, before time is spent on it`() throws {
    let directory = try TemporaryDirectory()
    chmod(directory.path, 0o755)
    let path = "\(directory.path)/program"
    func problem(_ change: (inout ForgedELF) -> Void) throws -> String? {
      var forged = ForgedELF(interpreter: try #require(ELFFile("/bin/ls")?.interpreter))
      change(&forged)
      return try Self.problem(of: try forged.written(to: path))
    }
    let long = String(repeating: "x", count: 256)
    #expect(
      try problem { $0.dynamic = Array(repeating: (1, "a"), count: 257) } == "\"\(path)\" is linked with more than 256 libraries")
    #expect(try problem { $0.dynamic = [(1, long)] } == "\"\(path)\" has a name of more than 255 bytes")
    #expect(
      try problem { $0.dynamic = [(29, Array(repeating: "/a", count: 65).joined(separator: ":"))] }
        == "\"\(path)\" names more than 64 directories of libraries")
    #expect(try problem { $0.entrySize = 65_535 }?.contains("is neither a 64-bit program") == true)
    let most = Array(repeating: (UInt64(0x7fff_fffd), "none-of-these"), count: 256)
    #expect(
      try problem { $0.dynamic = most + [(29, (0..<64).map { "/a\($0)" }.joined(separator: ":"))] }
        == "the libraries of \"\(path)\" would have to be looked for in too many places")
    #expect(try problem { $0.dynamic = most } == nil, "the control: as many as may be")
  }

  @Test func `a static program needs nothing`() throws {
    let program = try StaticProgram.lister()
    #expect(ProgramClosure(of: program.path).files == [program.path])
  }

  @Test func `the loader's cache is read in both of its forms`() throws {
    let cache = LoaderCache()
    #expect(cache["libc.so.6"].contains { access($0, R_OK) == 0 })
    func number(_ value: Int, _ size: Int) -> [UInt8] { (0..<size).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
    let strings = Array("libx.so.1\0/opt/libx.so.1\0".utf8)
    let new =
      Array("glibc-ld.so.cache1.1".utf8) + number(1, 4) + number(strings.count, 4) + number(0, 20) + number(3, 4) + number(72, 4)
      + number(82, 4) + number(0, 12) + strings
    #expect(LoaderCache(new)["libx.so.1"] == ["/opt/libx.so.1"])
    let old = Array("ld.so-1.7.0\0".utf8) + number(1, 4) + number(0, 12) + number(0, 4)
    #expect(LoaderCache(old + new)["libx.so.1"] == ["/opt/libx.so.1"])
    #expect(LoaderCache(Array(new.prefix(60)))["libx.so.1"].isEmpty && LoaderCache([1, 2])["x"].isEmpty)
  }
}
