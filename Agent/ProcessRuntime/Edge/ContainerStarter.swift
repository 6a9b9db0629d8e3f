import ContainerShim
import JSONValues
import KubernetesAPI
import Logging

/// Turns a container of a manifest into a running process.
struct ContainerStarter: Sendable {
    let configuration: RuntimeConfiguration
    let state: StateDirectory
    let images: ImageMapSource
    let isolation: Isolation
    let callbacks: RuntimeCallbacks
    /// The machine's own variables that containers get: where programs are, language, time zone, home.
    let hostEnvironment: [String: String]

    /// What a container is started for.
    struct Subject: Sendable {
        var pod: Pod
        var container: ContainerPlan
        var attempt: Int
        var failures: Int
        var facts: PodFacts
        /// Names of pods and services with an address each, for machines where `/etc/hosts` cannot be given.
        var names: [String: String]
    }

    /// Starts one attempt and waits until its program runs or has ended. Gives remarks for people.
    func start(_ subject: Subject) async throws(StartProblem) -> (ContainerProcess, [String]) {
        guard let entry = images.map.entry(for: subject.container.image) else { throw notMapped(subject) }
        var objects: FoundObjects = [:]
        for reference in ObjectReference.all(in: subject.pod, container: subject.container.json) {
            objects[reference] = await callbacks.object(reference.kind, reference.key)
        }
        let environment = ContainerEnvironment(
            pod: subject.pod, facts: subject.facts, objects: objects, capacity: configuration.capacity)
        var (plan, remarks) = try plan(subject, entry, environment)
        let directory = state.attempt(subject.pod.uid, subject.container.name, subject.attempt)
        if plan.workingDirectory.isEmpty { plan.workingDirectory = directory.work }
        let process = ContainerProcess(directory: directory)
        do {
            try process.launch(plan, shim: configuration.programDirectory + "/container-shim")
        } catch {
            throw StartProblem("RunContainerError", "\(error)")
        }
        guard await process.settled() else {
            throw StartProblem("RunContainerError", "container-shim gave no sign of life in \(directory.path)")
        }
        return (process, remarks)
    }

    private func plan(
        _ subject: Subject, _ entry: ImageMap.Entry, _ environment: ContainerEnvironment
    ) throws(StartProblem) -> (LaunchPlan, [String]) {
        let container = subject.container.json
        var variables = try environment.variables(of: container, base: base(subject))
        func list(_ name: String) -> [String] {
            (container[name]?.elements ?? []).map { VariableExpansion.expand($0.string ?? $0.text(), variables) }
        }
        var (mounts, remarks) = try mounts(subject, environment, variables)
        if isolation == .none { variables = variables.mapValues { subject.names[$0] ?? $0 } }
        var command = try LocalCommand(
            entry,
            for: LocalCommand.Subject(
                podIP: subject.facts.podIP, podName: subject.pod.key.name, namespace: subject.pod.key.namespace,
                container: subject.container.name, image: subject.container.image, command: list("command"),
                args: list("args")))
        variables.merge(command.environment) { $1 }
        variables["MARTLET_POD_IP"] = subject.facts.podIP
        variables[Leftovers.mark] = Leftovers.id(subject.pod.uid, subject.container.name, subject.attempt)
        // Inside a pod, its own loopback address is the pod's.
        command.arguments = command.arguments.map {
            $0.replacing("://127.0.0.1:", with: "://\(subject.facts.podIP):")
        }
        if isolation == .none {
            let stand = WithoutMounts(mounts: mounts, podIP: subject.facts.podIP)
            command.arguments = command.arguments.map(stand.rewrite)
            variables.merge(stand.variables) { $1 }
            if mounts.count > 1 && subject.attempt == 0 {
                remarks.append(
                    "container \"\(subject.container.name)\": this user may not mount, so volumes lie where "
                        + "the variables MARTLET_MOUNT_* say and arguments that are paths in them lead there")
            }
            mounts = []
        }
        if !entry.isHost { command.arguments[0] = try program(entry, variables) }
        return (
            LaunchPlan(
                arguments: command.arguments, environment: variables,
                workingDirectory: container["workingDir"]?.string ?? "", isolation: isolation, mounts: mounts,
                hostname: subject.pod.object.spec["hostname"]?.string ?? subject.pod.key.name,
                logBytesMax: configuration.logBytesMax, failures: subject.failures), remarks
        )
    }

    private func base(_ subject: Subject) -> [String: String] {
        hostEnvironment.merging(["HOSTNAME": subject.pod.key.name]) { $1 }
    }

    private func mounts(
        _ subject: Subject, _ environment: ContainerEnvironment, _ variables: [String: String]
    ) throws(StartProblem) -> ([LaunchPlan.Mount], [String]) {
        var mounts = [
            LaunchPlan.Mount(source: state.hosts(subject.pod.uid), target: "/etc/hosts", isReadOnly: false)
        ]
        var remarks: [String] = []
        let store = VolumeStore(state: state, makesHostPaths: configuration.makesHostPaths)
        let volumes = subject.pod.object.spec["volumes"]?.elements ?? []
        for mount in subject.container.json["volumeMounts"]?.elements ?? [] {
            let name = mount["name"]?.string ?? ""
            guard let target = mount["mountPath"]?.string, target.hasPrefix("/") else {
                throw .volume(name, "mountPath is not an absolute path")
            }
            guard let volume = volumes.first(where: { $0["name"]?.string == name }) else {
                throw .volume(name, "container \"\(subject.container.name)\" mounts it, the pod does not have it")
            }
            let ready = try store.prepare(volume, environment)
            if let remark = ready.remark { remarks.append(remark) }
            let expression = mount["subPathExpr"]?.string.map { VariableExpansion.expand($0, variables) }
            let source = try subPath(expression ?? mount["subPath"]?.string ?? "", of: ready.path, name)
            mounts.append(
                LaunchPlan.Mount(
                    source: source, target: target,
                    isReadOnly: ready.isReadOnly || mount["readOnly"]?.bool == true))
        }
        return (mounts, remarks)
    }

    private func subPath(_ subPath: String, of path: String, _ volume: String) throws(StartProblem) -> String {
        if subPath.isEmpty { return path }
        let steps = subPath.split(separator: "/").map(String.init)
        guard !subPath.hasPrefix("/"), steps.allSatisfy(StateDirectory.isStep) else {
            throw .volume(volume, "subPath \"\(subPath)\" leads out of the volume")
        }
        let full = path + "/" + steps.joined(separator: "/")
        do {
            if Folder.kind(full) == nil { try Folder.make(full) }
        } catch {
            throw .volume(volume, "\(error)")
        }
        return full
    }

    /// The path of a mapped program: itself when it is one, beside this program, or on PATH.
    private func program(_ entry: ImageMap.Entry, _ variables: [String: String]) throws(StartProblem) -> String {
        let beside = "\(configuration.programDirectory)/\(entry.program)"
        if !entry.program.contains("/") && ProgramSearch.isExecutable(beside) { return beside }
        if let path = ProgramSearch.path(of: entry.program, in: variables["PATH"] ?? ""),
            ProgramSearch.isExecutable(path)
        {
            return path
        }
        throw StartProblem(
            "RunContainerError",
            "program \"\(entry.program)\" of the image map is neither in \(configuration.programDirectory) nor on PATH")
    }

    private func notMapped(_ subject: Subject) -> StartProblem {
        let place = images.path.map { "to \($0)" } ?? "to a file and start the agent with --image-map FILE"
        return StartProblem(
            "ImageNotMapped",
            "no local program stands for image \"\(subject.container.image)\": add "
                + "`- {image: \"\(ImageMap.nameOnly(subject.container.image))*\", program: PROGRAM}` \(place)")
    }
}
