import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaintsOfUpdate } from './manifest.ts'
import type { Manifest } from './manifest.ts'

const spec = (given: object): Manifest => ({ spec: given })
const ports = (...list: object[]): object => ({ ports: list })
const port = (given: object): Manifest => spec(ports({ port: 80, ...given }))
const loadBalancer = (given: object): Manifest => spec({ type: 'LoadBalancer', ...given })

const NODE_PORT = { spec: { type: 'NodePort', ...ports({ port: 80, nodePort: 30080 }) } }
const LOCAL_LOAD_BALANCER = loadBalancer({
  externalTrafficPolicy: 'Local',
  healthCheckNodePort: 31000,
  ...ports({ port: 80, nodePort: 30080 }),
})
const DUAL = {
  spec: {
    clusterIP: '10.96.0.9',
    clusterIPs: ['10.96.0.9', 'fd00:10:96::9'],
    ipFamilies: ['IPv4', 'IPv6'],
    ipFamilyPolicy: 'PreferDualStack',
  },
}

/** From, to. */
const RIGHT: Readonly<Record<string, readonly [Manifest, Manifest]>> = {
  'the same manifest again keeps its address': [{}, {}],
  'a wanted address written again': [{ spec: { clusterIP: '10.96.0.9' } }, { spec: { clusterIP: '10.96.0.9' } }],
  'other ports': [{}, { spec: ports({ port: 81 }) }],
  'ClusterIP to NodePort': [{}, { spec: { type: 'NodePort' } }],
  'ClusterIP to LoadBalancer': [{}, loadBalancer({})],
  'ClusterIP to ExternalName': [{}, { spec: { type: 'ExternalName', externalName: 'a.example' } }],
  'ExternalName to ClusterIP': [{ spec: { type: 'ExternalName', externalName: 'a.example' } }, {}],
  'ExternalName to NodePort': [{ spec: { type: 'ExternalName', externalName: 'a.example' } }, NODE_PORT],
  'NodePort to ClusterIP with the node port left in': [NODE_PORT, { spec: ports({ port: 80, nodePort: 30080 }) }],
  'LoadBalancer to ClusterIP with everything left in': [
    LOCAL_LOAD_BALANCER,
    {
      spec: {
        externalTrafficPolicy: 'Local',
        healthCheckNodePort: 31000,
        allocateLoadBalancerNodePorts: true,
        ...ports({ port: 80, nodePort: 30080 }),
      },
    },
  ],
  'LoadBalancer to NodePort keeps the policy': [
    LOCAL_LOAD_BALANCER,
    { spec: { type: 'NodePort', externalTrafficPolicy: 'Local' } },
  ],
  'LoadBalancer of a class to ClusterIP': [loadBalancer({ loadBalancerClass: 'a' }), { spec: { loadBalancerClass: 'a' } }],
  'a health check port not written again stays': [LOCAL_LOAD_BALANCER, loadBalancer({ externalTrafficPolicy: 'Local' })],
  'a second family comes': [{ spec: { clusterIP: '10.96.0.9', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' } }, DUAL],
  'a second family goes': [
    DUAL,
    { spec: { clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' } },
  ],
  'affinity on': [{}, { spec: { sessionAffinity: 'ClientIP' } }],
  'affinity off': [{ spec: { sessionAffinity: 'ClientIP' } }, {}],
}

describe('right changes of Services pass [SVC-2] [SVC-6] [SVC-9] [SVC-11]', () => {
  for (const [name, [before, after]] of Object.entries(RIGHT)) {
    test(name, () => assert.deepEqual(complaintsOfUpdate(before, after), []))
  }
})

const ONE = spec({ clusterIP: '10.96.0.9' })
const BOTH = spec({
  clusterIP: '10.96.0.9',
  clusterIPs: ['10.96.0.9', 'fd00::9'],
  ipFamilies: ['IPv4', 'IPv6'],
  ipFamilyPolicy: 'RequireDualStack',
})
const LOCAL = (healthCheckNodePort: number): Manifest => loadBalancer({ externalTrafficPolicy: 'Local', healthCheckNodePort })

/** From, to, and what is said. */
const WRONG: readonly (readonly [Manifest, Manifest, ...string[]])[] = [
  [ONE, spec({ clusterIP: '10.96.0.10' }), 'spec.clusterIPs[0]: Invalid value: ["10.96.0.10"]: may not change once set'],
  [ONE, spec({ clusterIP: 'None' }), 'spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set'],
  [spec({ clusterIP: 'None' }), ONE, 'spec.clusterIPs[0]: Invalid value: ["10.96.0.9"]: may not change once set'],
  [
    BOTH,
    spec({ clusterIP: '10.96.0.9', clusterIPs: ['10.96.0.9'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'PreferDualStack' }),
    `spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be set to 'SingleStack' when releasing the secondary clusterIP`,
    `spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be set to 'SingleStack' when releasing the secondary ipFamily`,
  ],
  [
    loadBalancer({ loadBalancerClass: 'a' }),
    loadBalancer({ loadBalancerClass: 'b' }),
    'spec.loadBalancerClass: Invalid value: "b": may not change once set',
  ],
  [
    loadBalancer({ loadBalancerClass: 'a' }),
    loadBalancer({}),
    'spec.loadBalancerClass: Invalid value: "null": may not change once set',
  ],
  [LOCAL(31000), LOCAL(31001), 'spec.healthCheckNodePort: Forbidden: field is immutable'],
  [
    spec({ type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }),
    port({ nodePort: 30081 }),
    "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
  ],
]

describe("wrong changes of Services are refused in upstream's words [SVC-2] [SVC-6] [SVC-9] [SVC-11]", () => {
  for (const [before, after, ...texts] of WRONG) {
    test(JSON.stringify([before, after]), () => assert.deepEqual(complaintsOfUpdate(before, after), texts))
  }
})
