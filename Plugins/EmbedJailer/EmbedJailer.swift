import PackagePlugin

/// Compiles the jailer for every processor, and embeds it as bytes in a Swift file.
///
/// One tool, one output: an ELF file that was itself declared an output would become a resource bundle, whose accessor
/// imports Foundation.
@main
struct EmbedJailer: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let sources = context.package.directoryURL.appending(path: "Sources")
    let targets = ["Jailer", "CSyscalls"].flatMap { name in
      context.package.targets.filter { $0.name == name }.compactMap { $0 as? ClangSourceModuleTarget }
    }
    // Headers, too: they are inputs of the image, whatever their target declares.
    let inputs = targets.flatMap { $0.sourceFiles.map(\.url) }
    let output = context.pluginWorkDirectoryURL.appending(path: "JailerImage+Bytes.swift")
    return [
      .buildCommand(
        displayName: "Compiling the jailer",
        executable: try context.tool(named: "JailerEmbedder").url,
        arguments: [
          try context.tool(named: "clang").url.path(), sources.path(), context.pluginWorkDirectoryURL.path(), output.path(),
        ],
        inputFiles: inputs,
        outputFiles: [output])
    ]
  }
}
