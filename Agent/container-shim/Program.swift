import ContainerShim
import Glibc

/// Wiring only: the parent of one container's processes.
@main
enum Program {
    static func main() { exit(ShimProgram.main(Array(CommandLine.arguments.dropFirst()))) }
}
