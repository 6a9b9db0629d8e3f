import AgentLink
import ArgumentParser
import Daemon
import Glibc
import LocalCluster
import Logging
import ServiceLifecycle
import SystemFiles

/// `martlet up`: the API server in this process, coordinator and agent as children of it.
struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up", abstract: "Start Martlet on this machine: API server, coordinator and agent.",
        discussion: "Everything listens on loopback. State is kept in the data directory; `martlet up` finds it again.")

    @OptionGroup var place: DataDirectory.Options
    @OptionGroup var addresses: Addresses.Options
    @OptionGroup var logging: LoggingOptions

    @Option(name: .customLong("config"), help: "Nodes to declare (YAML; default: one node, this machine as it is).")
    var config: String?

    @Option(help: "Which local program stands for which image (YAML; goes before the built-in list).")
    var imageMap: String?

    @Option(name: .customLong("crds"), help: "Folder of CustomResourceDefinitions (default: found beside the program).")
    var crds: String?

    @Option(name: .shortAndLong, help: "Manifest to apply once everything is up; may be repeated.")
    var filename: [String] = []

    @Flag(help: "Return once everything is up and leave it running.")
    var detach = false

    func run() async throws {
        let directory = try place.directory()
        try directory.create()
        if let pid = ProcessFile(path: directory.processFile(of: "martlet")).pid {
            throw StartupError(
                "Martlet runs already (pid \(pid), data directory \(directory.path)); "
                    + "use it, or stop it with: martlet down --data-dir \(directory.path)")
        }
        let addresses = try Addresses(addresses)
        for name in ["coordinator", "agent"] {
            ProcessFile(path: directory.processFile(of: name)).end(within: ChildProcess.stopSecondsMax)
        }
        try addresses.check()
        let manifests = try ManifestFiles.read(filename)
        for path in [config, imageMap] { if let path { _ = try Files.text(path) } }
        if detach {
            try await Detached(directory: directory).start(arguments: Array(CommandLine.arguments.dropFirst()))
        } else {
            logging.bootstrap()
            try await Standalone(
                directory: directory, addresses: addresses, crds: try crds ?? InstalledFiles.crds(), config: config,
                imageMap: imageMap, manifests: manifests, logging: logging
            ).run()
        }
    }
}

/// Where the parts of a standalone Martlet listen.
struct Addresses: Sendable {
    struct Options: ParsableArguments {
        @Option(help: "Where clients send requests.") var gatewayAddress = "127.0.0.1:8080"
        @Option(help: "Where the API server listens.") var apiAddress = "127.0.0.1:6443"
        @Option(help: "Where the coordinator's admin port is.") var coordinatorAddress = "127.0.0.1:9465"
        @Option(help: "Where the agent's HTTP port is.") var agentAddress = "127.0.0.1:9464"
        @Option(help: "Where agents reach the coordinator.") var linkAddress = "127.0.0.1:5570"
    }

    var gateway: ListenAddress
    var api: ListenAddress
    var coordinator: ListenAddress
    var agent: ListenAddress
    var link: ListenAddress

    init(_ options: Options) throws {
        gateway = try ListenAddress(options.gatewayAddress, flag: "--gateway-address")
        api = try ListenAddress(options.apiAddress, flag: "--api-address")
        coordinator = try ListenAddress(options.coordinatorAddress, flag: "--coordinator-address")
        agent = try ListenAddress(options.agentAddress, flag: "--agent-address")
        link = try ListenAddress(options.linkAddress, flag: "--link-address")
    }

    /// Throws one sentence for the first address that is taken, before anything is started.
    func check() throws {
        let all = [
            ("--gateway-address", gateway), ("--api-address", api), ("--coordinator-address", coordinator),
            ("--agent-address", agent), ("--link-address", link),
        ]
        for (flag, address) in all where try !Port.isFree(address.host, address.port, flag: flag) {
            throw StartupError(
                "\(address) is taken by another process; end that process or choose another port with \(flag)")
        }
    }
}

/// Whether a TCP port can be listened on.
enum Port {
    static func isFree(_ host: String, _ port: Int, flag: String) throws -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        guard unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw ValidationError("\(flag) needs an IPv4 address, not '\(host)'")
        }
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var yes: Int32 = 1
        unsafe setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        return result == 0 || errno != EADDRINUSE
    }
}
