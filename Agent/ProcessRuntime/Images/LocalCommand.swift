/// The local command that stands for a container: what an image map entry makes of the container's own.
package struct LocalCommand: Sendable, Hashable {
    /// What a map entry may name in braces.
    package struct Subject: Sendable, Hashable {
        package var podIP: String
        package var podName: String
        package var namespace: String
        package var container: String
        package var image: String
        /// Expanded `command` and `args` of the container.
        package var command: [String]
        package var args: [String]

        package init(
            podIP: String, podName: String, namespace: String, container: String, image: String, command: [String],
            args: [String]
        ) {
            self.podIP = podIP
            self.podName = podName
            self.namespace = namespace
            self.container = container
            self.image = image
            self.command = command
            self.args = args
        }
    }

    package var arguments: [String]
    /// To be set over the container's environment.
    package var environment: [String: String]

    package init(_ entry: ImageMap.Entry, for subject: Subject) throws(StartProblem) {
        func fill(_ text: String) -> String {
            let values = [
                ("{podIP}", subject.podIP), ("{podName}", subject.podName), ("{namespace}", subject.namespace),
                ("{container}", subject.container), ("{image}", subject.image),
            ]
            return values.reduce(text) { $0.replacing($1.0, with: $1.1) }
        }
        let replacements = entry.replacements.sorted { ($1.key.utf8.count, $0.key) < ($0.key.utf8.count, $1.key) }
        func rewritten(_ list: [String]) -> [String] {
            list.map { text in replacements.reduce(text) { $0.replacing($1.key, with: fill($1.value)) } }
        }
        let (command, args) = (rewritten(subject.command), rewritten(subject.args))
        environment = entry.environment.mapValues(fill)
        if entry.isHost {
            arguments = command + args
            guard !command.isEmpty else {
                throw StartProblem(
                    "CreateContainerError",
                    "image \"\(subject.image)\" stands for this machine, which has no entrypoint: give container "
                        + "\"\(subject.container)\" a command")
            }
            return
        }
        arguments = [entry.program]
        for argument in entry.arguments ?? ["{command...}"] {
            switch argument {
            case "{command...}": arguments += command + args
            case "{args...}": arguments += args
            case "{entrypoint...}": arguments += command
            default: arguments.append(fill(argument))
            }
        }
    }
}
