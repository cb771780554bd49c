// A payload in Swift: tasks on the cooperative pool, and a file.
import Glibc

let sum = await withTaskGroup(of: Int.self) { group in
  for n in 1...100 { group.addTask { n } }
  var sum = 0
  for await n in group { sum += n }
  return sum
}
guard let file = fopen("/tmp/sum", "w+") else { exit(1) }
fputs("\(sum)\n", file)
rewind(file)
var line = [CChar](repeating: 0, count: 32)
guard fgets(&line, 32, file) != nil else { exit(1) }
print(String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self), terminator: "")
