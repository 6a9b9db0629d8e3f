extension FieldManual {
    static let serviceText = """
        spec Object How the pods are found.
          type string ClusterIP (the default), NodePort, LoadBalancer or ExternalName.
          selector map Labels of the pods it is a name for. None for one whose endpoints somebody else writes.
          clusterIP string The address; None for a headless service, whose name leads to the pods themselves.
          clusterIPs []string All of its addresses.
          ports []Object Ports it answers on; may be left out of a headless service.
            name string The port's name; needed where there are several.
            port integer! The number, 1 to 65535.
            targetPort intOrString The port of the pods, by number or name. The same number by default.
            protocol string TCP (the default), UDP or SCTP.
            appProtocol string What is spoken on it.
            nodePort integer The port of every node, with NodePort and LoadBalancer.
          publishNotReadyAddresses boolean Whether pods that are not ready are found too. false by default.
          externalName string The name it leads to, with ExternalName.
          sessionAffinity string None (the default) or ClientIP.
          internalTrafficPolicy string Cluster (the default) or Local.
        status Object What is observed.
        """
    static let configMapText = """
        data map Texts by file name; a name is at most 253 letters, digits, dashes, underscores and dots.
        binaryData map Bytes in base64 by file name.
        immutable boolean Whether it may never change. false by default.
        """
    static let secretText = """
        type string What it holds. Opaque by default.
        data map Bytes in base64 by file name.
        stringData map Texts by file name, moved to data when written.
        immutable boolean Whether it may never change. false by default.
        """
    static let namespaceText = """
        spec Object What holds it.
          finalizers []string Who has to empty it before it goes.
        status Object What is observed.
          phase string Active, or Terminating while it is emptied.
        """
    static let nodeText = """
        spec Object How it may be used.
          unschedulable boolean Whether no new pods are placed on it (kubectl cordon). false by default.
          taints []Object What keeps pods away that do not accept it.
            key string! The taint.
            value string Its value.
            effect string! NoSchedule, PreferNoSchedule or NoExecute.
          providerID string Its name at the provider of machines.
          podCIDR string Addresses of its pods.
        status Object What is observed; written by the node's agent.
          capacity quantities All it has.
          allocatable quantities What pods may ask for.
          conditions []Object Ready and what else is known of it, and why.
          addresses []Object Its names and addresses.
            type string! InternalIP, Hostname or another.
            address string! The name or address.
          nodeInfo Object Its system.
          images []Object Images it has.
        """
    static let eventText = """
        involvedObject Object What it happened to.
        reason string What happened, in one CamelCase word.
        message string What happened, in a sentence.
        type string Normal or Warning.
        count integer How often it happened.
        firstTimestamp time When it happened first.
        lastTimestamp time When it happened last.
        eventTime time When it happened first, exactly.
        source Object Who saw it.
          component string The program.
          host string The node it is on.
        reportingComponent string The program that saw it.
        reportingInstance string Which one of its processes.
        """
    static let serviceAccountText = """
        secrets []Object Secrets it may use.
        imagePullSecrets []Object Secrets for the image registry, for its pods.
        automountServiceAccountToken boolean Whether its pods get its token.
        """
    static let leaseText = """
        spec Object Who holds it.
          holderIdentity string The holder.
          leaseDurationSeconds integer Seconds it holds without being renewed.
          acquireTime time When the holder got it.
          renewTime time When the holder last renewed it.
          leaseTransitions integer How often it changed hands.
        """
    static let controllerRevisionText = """
        data any The state.
        revision integer! Its number; later ones are higher.
        """
    static let definitionText = """
        spec Object! The kind.
          group string! The API group.
          scope string! Namespaced or Cluster.
          names Object! What it is called.
            plural string! The name in paths; with the group it is the name of this object.
            singular string The kind in lower case by default.
            kind string! The CamelCase name.
            listKind string The kind and List by default.
            shortNames []string Shorter names for kubectl.
            categories []string Groups of kinds it is listed with.
          versions []Object! Its versions.
            name string! Such as v1.
            served boolean! Whether it can be asked for.
            storage boolean! Whether objects are stored in it; one is.
            schema Object Its fields, as an OpenAPI v3 schema.
            subresources Object status and scale, where it has them.
            additionalPrinterColumns []Object Columns of kubectl get.
        status Object What is observed.
          conditions []Object NamesAccepted and Established, and why.
          acceptedNames Object The names it is served under.
          storedVersions []string Versions objects are stored in.
        """
}
