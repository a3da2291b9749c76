import { events, FOLLOW, MODIFY, READ, rule } from './rule.ts'
import type { DefaultRole } from './rule.ts'

const certificate = (name: string): DefaultRole => ({
  name: `system:certificates.k8s.io:certificatesigningrequests:${name}`,
  rules: [rule(['create'], 'certificates.k8s.io', `certificatesigningrequests/${name}`)],
})

const approver = (signer: string): DefaultRole => ({
  name: `system:certificates.k8s.io:${signer}-approver`,
  rules: [{ ...rule(['approve'], 'certificates.k8s.io', 'signers'), resourceNames: [`kubernetes.io/${signer}`] }],
})

/** Roles that nobody has from the start, for what people add to a cluster: upstream's `bootstrappolicy.ClusterRoles`. */
export const otherRoles: readonly DefaultRole[] = [
  certificate('nodeclient'),
  certificate('selfnodeclient'),
  approver('kube-apiserver-client'),
  approver('kube-apiserver-client-kubelet'),
  approver('kubelet-serving'),
  approver('legacy-unknown'),
  {
    name: 'system:heapster',
    rules: [rule(READ, 'core', 'events namespaces nodes pods'), rule(READ, 'extensions', 'deployments')],
  },
  { name: 'system:kube-aggregator', rules: [rule(READ, 'core', 'endpoints services')] },
  {
    name: 'system:kube-dns',
    accounts: ['kube-system/kube-dns'],
    rules: [rule(FOLLOW, 'core', 'endpoints services')],
  },
  {
    name: 'system:kubelet-api-admin',
    rules: [
      rule(READ, 'core', 'nodes'),
      rule(['proxy'], 'core', 'nodes'),
      rule(['*'], 'core', 'nodes/log nodes/metrics nodes/proxy nodes/stats'),
    ],
  },
  {
    name: 'system:node-bootstrapper',
    rules: [rule(['create', ...READ], 'certificates.k8s.io', 'certificatesigningrequests')],
  },
  {
    name: 'system:node-problem-detector',
    rules: [rule(['get'], 'core', 'nodes'), rule(['patch'], 'core', 'nodes/status'), events],
  },
  {
    name: 'system:persistent-volume-provisioner',
    rules: [
      rule(['create', 'delete', ...READ], 'core', 'persistentvolumes'),
      rule([...READ, 'update'], 'core', 'persistentvolumeclaims'),
      rule(READ, 'storage.k8s.io', 'storageclasses'),
      rule(['watch'], 'core', 'events'),
      events,
    ],
  },
  {
    name: 'system:volume-scheduler',
    users: ['system:kube-scheduler'],
    rules: [
      rule([...READ, ...MODIFY], 'core', 'persistentvolumes'),
      rule(READ, 'storage.k8s.io', 'storageclasses'),
      rule([...READ, ...MODIFY], 'core', 'persistentvolumeclaims'),
    ],
  },
]
