import Daemon
import Glibc
import Observability

/// Prints one line a bar on standard output, and on standard error what each was made of. The one argument is a part;
/// without it, or with an empty one, all parts run.
@main
enum Program {
    static func main() async {
        let asked = CommandLine.arguments.dropFirst().first ?? ""
        let parts = asked.isEmpty ? Part.allCases : Part.allCases.filter { $0.rawValue == asked }
        guard !parts.isEmpty else {
            let known = Part.allCases.map(\.rawValue).joined(separator: ", ")
            StandardError.write("benchmarks: there is no part \(asked); use one of: \(known)")
            exit(2)
        }
        do {
            for part in parts { try await run(part) }
        } catch {
            StandardError.write("benchmarks: \(error)")
            exit(1)
        }
    }

    private static func run(_ part: Part) async throws {
        var number = 0
        for measure in part.measurements {
            for bar in try await measure() {
                number += 1
                StandardOutput.write("\(part.rawValue).\(number) \(bar.line)")
                StandardError.write("  \(bar.detail)")
            }
        }
    }
}
