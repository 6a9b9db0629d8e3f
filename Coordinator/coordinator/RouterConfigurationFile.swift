import Logging
import Manifests
import ServiceLifecycle
import ServingAPI
import Synchronization
import SystemFiles

/// Hands over a configuration file, usually a mounted ConfigMap, whenever it changes. A file that cannot be used
/// leaves the one before in force, and is told once, as is one that is gone; until there is a file costs decide. The
/// program does not start with a file that cannot be used.
final class RouterConfigurationFile: Service {
    /// How often the file is looked at; a ConfigMap takes up to a minute to reach the mount anyway.
    static let period = Duration.seconds(1)

    private let path: String
    private let apply: @Sendable (RouterConfiguration) -> Void
    private let logger: Logger
    /// What the file was when it was read last: its text, or why it could not be read.
    private let seen = Mutex<Content?>(nil)

    private enum Content: Hashable {
        case text(String)
        case missing
        case unreadable(String)
    }

    init(path: String, logger: Logger, apply: @escaping @Sendable (RouterConfiguration) -> Void) {
        self.path = path
        self.logger = logger
        self.apply = apply
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                self.look()
                try await Task.sleep(for: Self.period)
            }
        }
    }

    /// Reads the file as the program starts. Throws where it is there and cannot be used: nothing may pass by rules,
    /// such as on who may send requests, that nobody wrote.
    func begin() throws {
        let content = read()
        seen.withLock { $0 = content }
        switch content {
        case .missing: logger.info("Routing by cost, without a configuration file", metadata: ["path": "\(path)"])
        case .unreadable(let reason): throw Unusable(path: path, reason: reason)
        case .text(let text):
            do { try take(text) } catch { throw Unusable(path: path, reason: "\(error)") }
        }
    }

    /// The file that the program was to start with cannot be used.
    struct Unusable: Error, CustomStringConvertible {
        var path: String
        var reason: String
        var description: String {
            "The router configuration \(path) cannot be used: \(reason); mend it, or start without "
                + "--router-configuration"
        }
    }

    /// Reads the file and applies what changed. Content decides, not times: a mount swaps whole folders, and a file
    /// that is written again as it was changes nothing.
    func look() {
        let content = read()
        let before = seen.withLock { seen in
            defer { seen = content }
            return seen
        }
        guard before != content else { return }
        switch content {
        case .missing where before == nil:
            logger.info("Routing by cost, without a configuration file", metadata: ["path": "\(path)"])
        case .missing: refuse("the file is gone; put it back, or start without it to route by cost")
        case .unreadable(let reason): refuse(reason)
        case .text(let text):
            do { try take(text) } catch { refuse("\(error)") }
        }
    }

    private func take(_ text: String) throws {
        let configuration = try RouterConfiguration(Manifest.document(text, source: path))
        for warning in configuration.warnings {
            logger.warning(
                "Passing over a part of the router configuration",
                metadata: ["path": "\(path)", "problem": .string(warning)])
        }
        apply(configuration)
        logger.info(
            "Took the router configuration",
            metadata: [
                "path": "\(path)", "filters": "\(configuration.plugins?.filters ?? [])",
                "scores": "\(configuration.plugins?.scores.map(\.name) ?? [])",
            ])
    }

    private func refuse(_ reason: String) {
        logger.error(
            "Keeping the routing policy, because the router configuration cannot be used",
            metadata: ["path": "\(path)", "problem": .string(reason)])
    }

    private func read() -> Content {
        guard Files.exists(path) else { return .missing }
        do {
            return .text(try Files.text(path))
        } catch {
            return .unreadable(error.description)
        }
    }
}
