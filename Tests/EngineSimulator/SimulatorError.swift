/// Why the simulator cannot do what it was told: one sentence for the person at the command line.
package struct SimulatorError: Error, Hashable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
