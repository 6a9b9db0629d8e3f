import ContainerShim

/// What a container gets instead of mounts where the agent may not make any.
///
/// An argument that is a mount path or lies below one is led to the volume itself; where each volume lies is also in
/// the environment, as `MARTLET_MOUNT_1=<mount path>=<path of this machine>` and so on.
struct WithoutMounts {
    let mounts: [LaunchPlan.Mount]
    let podIP: String

    var variables: [String: String] {
        var variables: [String: String] = [:]
        for (index, mount) in mounts.enumerated() {
            variables["MARTLET_MOUNT_\(index)"] = "\(mount.target)=\(mount.source)"
        }
        return variables
    }

    func rewrite(_ argument: String) -> String {
        for mount in mounts {
            let target = mount.target.hasSuffix("/") ? String(mount.target.dropLast()) : mount.target
            if argument == target || argument == target + "/" { return mount.source }
            if argument.hasPrefix(target + "/") { return mount.source + argument.dropFirst(target.count) }
        }
        return argument.replacing("://localhost:", with: "://\(podIP):")
    }
}
