import JSONValues
import KubernetesAPI
import ServingAPI

extension PodTemplate {
    /// The headless Service that makes ENTRY_ADDRESS resolve; it selects the labels its entry pod really carries.
    func service(_ replica: RoleReplicaID) -> KubernetesObject {
        let name = replica.entryName(serving: serving.key.name)
        let entry = labels(PodIdentity(replica: replica, index: 0), role.entryTemplate)
        var service = KubernetesObject(.service, namespace: serving.key.namespace, name: name)
        service.labels = [
            Keys.Label.name: serving.key.name, Keys.Label.groupName: replica.groupName(serving: serving.key.name),
            Keys.Label.role: replica.role, Keys.Label.roleID: replica.roleID,
        ]
        service.ownerReferences = [OwnerReference(controller: serving.object)]
        let selected = [Keys.Label.groupName, Keys.Label.role, Keys.Label.roleID, Keys.Label.entry]
        service.spec = [
            "clusterIP": "None", "publishNotReadyAddresses": true,
            "selector": .strings(entry.filter { selected.contains($0.key) }),
        ]
        return service
    }
}
