import Daemon
import Glibc
import Observability

/// Prints one line a bar on standard output, and on standard error what each was made of. The first argument is a part,
/// the second the name of one of its measurements; what is left out or empty stands for all.
@main
enum Program {
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst() + ["", ""]
        let (part, name) = (arguments[1], arguments[2])
        let parts = Part.allCases.filter { part.isEmpty || $0.rawValue == part }
        guard !parts.isEmpty else {
            let known = Part.allCases.map(\.rawValue).joined(separator: ", ")
            return refuse("there is no part \(part); use one of: \(known)")
        }
        let names = parts.flatMap(\.measurements).map(\.name)
        guard name.isEmpty || names.contains(name) else {
            return refuse("there is no measurement \(name); use one of: \(names.joined(separator: ", "))")
        }
        do {
            for part in parts { try await run(part, name) }
        } catch {
            StandardError.write("benchmarks: \(error)")
            exit(1)
        }
    }

    private static func refuse(_ sentence: String) {
        StandardError.write("benchmarks: \(sentence)")
        exit(2)
    }

    private static func run(_ part: Part, _ name: String) async throws {
        var first = 1
        for measurement in part.measurements {
            if name.isEmpty || measurement.name == name {
                for (offset, bar) in try await measurement.bars().enumerated() {
                    StandardOutput.write("\(part.rawValue).\(first + offset) \(bar.line)")
                    StandardError.write("  \(bar.detail)")
                }
            }
            first += measurement.count
        }
    }
}
