import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { complaints } from './manifest.ts'
import type { Manifest } from './manifest.ts'

/** What is written, and all that is said about it, word for word. */
type Wrong = readonly [Manifest, ...string[]]

const LABEL =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const NAME_PART =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const LABEL_VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
const PORT = 'must be between 1 and 65535, inclusive'
const IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'
const CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
const ONLY_LOAD_BALANCERS = "Forbidden: may only be used when `type` is 'LoadBalancer'"

const q = (text: string): string => JSON.stringify(text)
const spec = (given: object): Manifest => ({ spec: given })
const port = (given: object): Manifest => spec({ ports: [{ port: 80, ...given }] })
const ports = (...list: object[]): Manifest => spec({ ports: list })
const loadBalancer = (given: object): Manifest => spec({ type: 'LoadBalancer', ...given })
/** One case for each of `values`. */
const each = <T>(values: readonly T[], make: (value: T) => Wrong): Wrong[] => values.map(make)

const names: readonly Wrong[] = [
  ...each(['Web', 'my_svc', 'my.svc', '-web', 'web-', 'wéb', 'a b', 'web/1', 'web:80', '.'], (name): Wrong => [
    { name },
    `metadata.name: Invalid value: ${q(name)}: ${LABEL}`,
  ]),
  [{ name: 'a'.repeat(64) }, `metadata.name: Invalid value: ${q('a'.repeat(64))}: must be no more than 63 bytes`],
  [{ name: '' }, 'metadata.name: Required value: name or generateName is required'],
  [
    { name: 'A'.repeat(64) },
    `metadata.name: Invalid value: ${q('A'.repeat(64))}: must be no more than 63 bytes`,
    `metadata.name: Invalid value: ${q('A'.repeat(64))}: ${LABEL}`,
  ],
]

const labels: readonly Wrong[] = [
  ...each(['a b', '-a', 'a-', 'é'], (key): Wrong => [
    { labels: { [key]: 'x' } },
    `metadata.labels: Invalid value: ${q(key)}: ${NAME_PART}`,
  ]),
  ...each(['a b', '-a', 'a/b', 'a-'], (value): Wrong => [
    { labels: { app: value } },
    `metadata.labels: Invalid value: ${q(value)}: ${LABEL_VALUE}`,
  ]),
  [{ labels: { app: 'a'.repeat(64) } }, `metadata.labels: Invalid value: ${q('a'.repeat(64))}: must be no more than 63 bytes`],
  [
    { labels: { ['a'.repeat(64)]: '' } },
    `metadata.labels: Invalid value: ${q('a'.repeat(64))}: name part must be no more than 63 bytes`,
  ],
  [{ labels: { '/a': '' } }, 'metadata.labels: Invalid value: "/a": prefix part must be non-empty'],
  [{ labels: { 'A_/a': '' } }, `metadata.labels: Invalid value: "A_/a": prefix part ${SUBDOMAIN}`],
  [
    { labels: { 'a/': '' } },
    'metadata.labels: Invalid value: "a/": name part must be non-empty',
    `metadata.labels: Invalid value: "a/": ${NAME_PART}`,
  ],
  [{ annotations: { 'a b': '' } }, `metadata.annotations: Invalid value: "a b": ${NAME_PART}`],
  [{ annotations: { big: 'x'.repeat(262_144) } }, 'metadata.annotations: Too long: may not be more than 262144 bytes'],
  ...each(['a b', '-', 'a$'], (value): Wrong => [
    spec({ selector: { app: value } }),
    `spec.selector: Invalid value: ${q(value)}: ${LABEL_VALUE}`,
  ]),
  ...each(['a b', 'a$'], (key): Wrong => [
    spec({ selector: { [key]: 'x' } }),
    `spec.selector: Invalid value: ${q(key)}: ${NAME_PART}`,
  ]),
  [
    { annotations: { 'service.kubernetes.io/topology-mode': 'Auto', 'service.kubernetes.io/topology-aware-hints': 'Disabled' } },
    'metadata.annotations[service.kubernetes.io/topology-mode]: Invalid value: "Auto": must match annotations[service.kubernetes.io/topology-aware-hints] when both are specified',
  ],
]

const portCases: readonly Wrong[] = [
  [spec({ ports: [] }), 'spec.ports: Required value'],
  [spec({ type: 'NodePort', ports: [] }), 'spec.ports: Required value'],
  [spec({ type: 'LoadBalancer', ports: [] }), 'spec.ports: Required value'],
  ...each([-1, 65536, 70000, 100000], (number): Wrong => [
    port({ port: number, targetPort: 80 }),
    `spec.ports[0].port: Invalid value: ${number}: ${PORT}`,
  ]),
  [port({ port: 0, targetPort: 80 }), `spec.ports[0].port: Invalid value: 0: ${PORT}`],
  [port({ port: 0 }), `spec.ports[0].port: Invalid value: 0: ${PORT}`, `spec.ports[0].targetPort: Invalid value: 0: ${PORT}`],
  ...each([-1, 65536, 99999], (number): Wrong => [
    port({ targetPort: number }),
    `spec.ports[0].targetPort: Invalid value: ${number}: ${PORT}`,
  ]),
  ...each(['HTTP', 'web_1', 'a.b', 'ä1', 'http port'], (name): Wrong => [
    port({ targetPort: name }),
    `spec.ports[0].targetPort: Invalid value: ${q(name)}: must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)`,
    ...(/[a-z]/.test(name)
      ? []
      : [`spec.ports[0].targetPort: Invalid value: ${q(name)}: must contain at least one letter (a-z)`]),
  ]),
  [port({ targetPort: '80' }), 'spec.ports[0].targetPort: Invalid value: "80": must contain at least one letter (a-z)'],
  [port({ targetPort: 'a--b' }), 'spec.ports[0].targetPort: Invalid value: "a--b": must not contain consecutive hyphens'],
  [port({ targetPort: '-ab' }), 'spec.ports[0].targetPort: Invalid value: "-ab": must not begin or end with a hyphen'],
  [port({ targetPort: 'ab-' }), 'spec.ports[0].targetPort: Invalid value: "ab-": must not begin or end with a hyphen'],
  [
    port({ targetPort: 'a-name-of-sixteen' }),
    'spec.ports[0].targetPort: Invalid value: "a-name-of-sixteen": must be no more than 15 characters',
  ],
  ...each(['HTTP', 'tcp', 'udp', 'ICMP', 'Tcp'], (protocol): Wrong => [
    port({ protocol }),
    `spec.ports[0].protocol: Unsupported value: ${q(protocol)}: supported values: "SCTP", "TCP", "UDP"`,
  ]),
  ...each(['HTTP', 'my_port', 'a.b', '-a', 'a-'], (name): Wrong => [
    port({ name }),
    `spec.ports[0].name: Invalid value: ${q(name)}: ${LABEL}`,
  ]),
  [port({ name: 'a'.repeat(64) }), `spec.ports[0].name: Invalid value: ${q('a'.repeat(64))}: must be no more than 63 bytes`],
  ...each(['h 2', '-h2c', 'h2c-'], (appProtocol): Wrong => [
    port({ appProtocol }),
    `spec.ports[0].appProtocol: Invalid value: ${q(appProtocol)}: ${NAME_PART}`,
  ]),
  [
    port({ appProtocol: '' }),
    'spec.ports[0].appProtocol: Invalid value: "": name part must be non-empty',
    `spec.ports[0].appProtocol: Invalid value: "": ${NAME_PART}`,
  ],
  [ports({ port: 80 }, { port: 81 }), 'spec.ports[0].name: Required value', 'spec.ports[1].name: Required value'],
  [ports({ port: 80, name: 'a' }, { port: 81 }), 'spec.ports[1].name: Required value'],
  [ports({ port: 80 }, { port: 81, name: 'b' }), 'spec.ports[0].name: Required value'],
  [ports({ port: 80, name: 'a' }, { port: 81, name: 'a' }), 'spec.ports[1].name: Duplicate value: "a"'],
  [
    ports({ port: 80, name: 'a' }, { port: 81, name: 'a' }, { port: 82, name: 'a' }),
    'spec.ports[1].name: Duplicate value: "a"',
    'spec.ports[2].name: Duplicate value: "a"',
  ],
  [
    ports({ port: 80, name: 'a' }, { port: 80, name: 'b' }),
    'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
  ],
  [
    ports({ port: 53, name: 'a', protocol: 'UDP' }, { port: 53, name: 'b', protocol: 'UDP' }),
    'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"UDP","AppProtocol":null,"Port":53,"TargetPort":0,"NodePort":0}',
  ],
  [port({ nodePort: 30080 }), "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
  [
    spec({
      type: 'NodePort',
      ports: [
        { name: 'a', port: 80, nodePort: 30080 },
        { name: 'b', port: 81, nodePort: 30080 },
      ],
    }),
    'spec.ports[1].nodePort: Duplicate value: 30080',
  ],
]

const types: readonly Wrong[] = [
  ...each(['clusterip', 'Headless', 'nodeport', 'External'], (type): Wrong => [
    spec({ type }),
    `spec.type: Unsupported value: ${q(type)}: supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"`,
  ]),
  [
    spec({ type: 'NodePort', clusterIP: 'None' }),
    `spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for NodePort services`,
  ],
  [
    loadBalancer({ clusterIP: 'None' }),
    `spec.clusterIPs[0]: Invalid value: "None": may not be set to 'None' for LoadBalancer services`,
  ],
  [spec({ type: 'ExternalName' }), 'spec.externalName: Required value'],
  [spec({ type: 'ExternalName', externalName: '.' }), 'spec.externalName: Required value'],
  ...each(['Google.com', '-a.com', 'a..com', 'a_b.com', 'http://a.com', 'a.com:80', 'a.com/x'], (externalName): Wrong => [
    spec({ type: 'ExternalName', externalName }),
    `spec.externalName: Invalid value: ${q(externalName)}: ${SUBDOMAIN}`,
  ]),
  [
    spec({ type: 'ExternalName', externalName: 'a.com', clusterIP: '10.96.0.9' }),
    'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
  ],
  [
    spec({ type: 'ExternalName', externalName: 'a.com', clusterIP: 'None' }),
    'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
  ],
  [
    spec({ type: 'ExternalName', externalName: 'a.com', ipFamilies: ['IPv4'] }),
    'spec.ipFamilies: Forbidden: may not be set for ExternalName services',
  ],
  [
    spec({ type: 'ExternalName', externalName: 'a.com', ipFamilyPolicy: 'SingleStack' }),
    'spec.ipFamilyPolicy: Forbidden: may not be set for ExternalName services',
  ],
]

const addresses: readonly Wrong[] = [
  ...each(['10.96.0', '10.96.0.256', 'none', 'abc', '10.96.0.1/12', '::g', 'fe80::1%eth0'], (clusterIP): Wrong => [
    spec({ clusterIP }),
    `spec.clusterIPs[0]: Invalid value: ${q(clusterIP)}: ${IP}`,
  ]),
  [spec({ clusterIP: '010.096.000.001' }), 'spec.clusterIPs[0]: Invalid value: "010.096.000.001": must not have leading 0s'],
  [
    spec({ clusterIP: '::ffff:10.96.0.1' }),
    'spec.clusterIPs[0]: Invalid value: "::ffff:10.96.0.1": must not be an IPv4-mapped IPv6 address',
  ],
  [
    spec({ clusterIPs: ['10.96.0.9'] }),
    'spec.clusterIPs: Invalid value: ["10.96.0.9"]: must be empty when `clusterIP` is not specified',
  ],
  [
    spec({ clusterIP: '10.96.0.8', clusterIPs: ['10.96.0.9'] }),
    'spec.clusterIPs: Invalid value: ["10.96.0.9"]: first value must match `clusterIP`',
  ],
  [
    spec({ clusterIP: 'None', clusterIPs: ['None', '10.96.0.9'] }),
    `spec.clusterIPs: Invalid value: ["None","10.96.0.9"]: 'None' must be the first and only value`,
  ],
  [
    spec({ clusterIP: '10.96.0.8', clusterIPs: ['10.96.0.8', '10.96.0.9'] }),
    'spec.clusterIPs: Invalid value: ["10.96.0.8","10.96.0.9"]: may specify no more than one IP for each IP family',
  ],
  [
    spec({ clusterIP: 'fd00::8', clusterIPs: ['fd00::8', 'fd00::9'] }),
    'spec.clusterIPs: Invalid value: ["fd00::8","fd00::9"]: may specify no more than one IP for each IP family',
  ],
  [
    spec({ clusterIP: '10.96.0.8', clusterIPs: ['10.96.0.8', 'fd00::8', '10.96.0.9'] }),
    'spec.clusterIPs: Invalid value: ["10.96.0.8","fd00::8","10.96.0.9"]: may only hold up to 2 values',
  ],
  [
    spec({ clusterIP: '10.96.0.8', ipFamilies: ['IPv6'] }),
    'spec.clusterIPs[0]: Invalid value: "10.96.0.8": expected an IPv6 value as indicated by `ipFamilies[0]`',
  ],
  [
    spec({ clusterIP: 'fd00::8', ipFamilies: ['IPv4'] }),
    'spec.clusterIPs[0]: Invalid value: "fd00::8": expected an IPv4 value as indicated by `ipFamilies[0]`',
  ],
  ...each(['ipv4', 'IPv5', ''], (family): Wrong => [
    spec({ ipFamilies: [family] }),
    `spec.ipFamilies[0]: Unsupported value: ${q(family)}: supported values: "IPv4", "IPv6"`,
  ]),
  [spec({ ipFamilies: ['IPv4', 'IPv4'] }), 'spec.ipFamilies[1]: Duplicate value: "IPv4"'],
  ...each(['DualStack', 'singlestack'], (policy): Wrong => [
    spec({ ipFamilyPolicy: policy }),
    `spec.ipFamilyPolicy: Unsupported value: ${q(policy)}: supported values: "PreferDualStack", "RequireDualStack", "SingleStack"`,
  ]),
  ...each(['1.2.3', 'example.com', ''], (ip): Wrong => [
    spec({ externalIPs: [ip] }),
    `spec.externalIPs[0]: Invalid value: ${q(ip)}: ${IP}`,
  ]),
  ...each(['0.0.0.0', '::'], (ip): Wrong => [
    spec({ externalIPs: [ip] }),
    `spec.externalIPs[0]: Invalid value: ${q(ip)}: may not be unspecified (${ip})`,
  ]),
  ...each(['127.0.0.1', '127.8.9.10', '::1'], (ip): Wrong => [
    spec({ externalIPs: [ip] }),
    `spec.externalIPs[0]: Invalid value: ${q(ip)}: may not be in the loopback range (127.0.0.0/8, ::1/128)`,
  ]),
  ...each(['169.254.1.1', 'fe80::1'], (ip): Wrong => [
    spec({ externalIPs: [ip] }),
    `spec.externalIPs[0]: Invalid value: ${q(ip)}: may not be in the link-local range (169.254.0.0/16, fe80::/10)`,
  ]),
  ...each(['224.0.0.1', 'ff02::1'], (ip): Wrong => [
    spec({ externalIPs: [ip] }),
    `spec.externalIPs[0]: Invalid value: ${q(ip)}: may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)`,
  ]),
  [spec({ externalIPs: ['1.2.3.04'] }), 'spec.externalIPs[0]: Invalid value: "1.2.3.04": must not have leading 0s'],
  [spec({ externalIPs: ['1.2.3.4', 'x'] }), `spec.externalIPs[1]: Invalid value: "x": ${IP}`],
]

const affinity: readonly Wrong[] = [
  ...each(['clientip', 'ClientIp', 'Cookie', 'true'], (sessionAffinity): Wrong => [
    spec({ sessionAffinity }),
    `spec.sessionAffinity: Unsupported value: ${q(sessionAffinity)}: supported values: "ClientIP", "None"`,
  ]),
  ...each([0, -1, 86401, 1_000_000], (timeoutSeconds): Wrong => [
    spec({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds } } }),
    `spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: ${timeoutSeconds}: must be greater than 0 and less than 86400`,
  ]),
]

const loadBalancers: readonly Wrong[] = [
  ...each(['10.0.0.0', '10.0.0.0/33', 'abc', '2001:db8::/129', '10.0.0.0/8/8'], (range): Wrong => [
    loadBalancer({ loadBalancerSourceRanges: [range] }),
    `spec.LoadBalancerSourceRanges[0]: Invalid value: ${q(range)}: ${CIDR}`,
  ]),
  [
    loadBalancer({ loadBalancerSourceRanges: ['010.0.0.0/8'] }),
    'spec.LoadBalancerSourceRanges[0]: Invalid value: "010.0.0.0/8": must not have leading 0s in IP or prefix length',
  ],
  [
    loadBalancer({ loadBalancerSourceRanges: ['192.168.0.5/24'] }),
    'spec.LoadBalancerSourceRanges[0]: Invalid value: "192.168.0.5/24": must not have bits set beyond the prefix length',
  ],
  [spec({ loadBalancerSourceRanges: ['10.0.0.0/8'] }), `spec.LoadBalancerSourceRanges: ${ONLY_LOAD_BALANCERS}`],
  [
    { ...loadBalancer({}), annotations: { 'service.beta.kubernetes.io/load-balancer-source-ranges': 'x' } },
    `metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: Invalid value: "x": ${CIDR}`,
  ],
  [
    { annotations: { 'service.beta.kubernetes.io/load-balancer-source-ranges': '10.0.0.0/8' } },
    `metadata.annotations[service.beta.kubernetes.io/load-balancer-source-ranges]: ${ONLY_LOAD_BALANCERS}`,
  ],
  [spec({ loadBalancerClass: 'a' }), `spec.loadBalancerClass: ${ONLY_LOAD_BALANCERS}`],
  [spec({ type: 'NodePort', loadBalancerClass: 'a' }), `spec.loadBalancerClass: ${ONLY_LOAD_BALANCERS}`],
  [loadBalancer({ loadBalancerClass: 'a b' }), `spec.loadBalancerClass: Invalid value: "a b": ${NAME_PART}`],
  [spec({ allocateLoadBalancerNodePorts: true }), `spec.allocateLoadBalancerNodePorts: ${ONLY_LOAD_BALANCERS}`],
  [
    spec({ type: 'NodePort', allocateLoadBalancerNodePorts: false }),
    `spec.allocateLoadBalancerNodePorts: ${ONLY_LOAD_BALANCERS}`,
  ],
]

const HEALTH = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"

const traffic: readonly Wrong[] = [
  [
    spec({ externalTrafficPolicy: 'Local' }),
    'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
  ],
  [
    spec({ externalTrafficPolicy: 'Cluster' }),
    'spec.externalTrafficPolicy: Invalid value: "Cluster": may only be set for externally-accessible services',
  ],
  [
    spec({ type: 'ExternalName', externalName: 'a.com', externalTrafficPolicy: 'Local' }),
    'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
  ],
  ...each(['local', 'Global'], (policy): Wrong => [
    spec({ type: 'NodePort', externalTrafficPolicy: policy }),
    `spec.externalTrafficPolicy: Unsupported value: ${q(policy)}: supported values: "Cluster", "Local"`,
  ]),
  ...each(['local', 'Node'], (policy): Wrong => [
    spec({ internalTrafficPolicy: policy }),
    `spec.internalTrafficPolicy: Unsupported value: ${q(policy)}: supported values: "Cluster", "Local"`,
  ]),
  [spec({ healthCheckNodePort: 31000 }), `spec.healthCheckNodePort: Invalid value: 31000: ${HEALTH}`],
  [
    spec({ type: 'NodePort', externalTrafficPolicy: 'Local', healthCheckNodePort: 31000 }),
    `spec.healthCheckNodePort: Invalid value: 31000: ${HEALTH}`,
  ],
  [loadBalancer({ healthCheckNodePort: 31000 }), `spec.healthCheckNodePort: Invalid value: 31000: ${HEALTH}`],
  [
    loadBalancer({ externalTrafficPolicy: 'Local', healthCheckNodePort: 65536 }),
    `spec.healthCheckNodePort: Invalid value: 65536: ${PORT}`,
  ],
  [
    loadBalancer({ externalTrafficPolicy: 'Local', healthCheckNodePort: -1 }),
    `spec.healthCheckNodePort: Invalid value: -1: ${PORT}`,
  ],
  ...each(['preferclose', 'PreferLocal', ''], (trafficDistribution): Wrong => [
    spec({ trafficDistribution }),
    `spec.trafficDistribution: Unsupported value: ${q(trafficDistribution)}: supported values: "PreferClose", "PreferSameZone", "PreferSameNode"`,
  ]),
]

const GROUPS = { names, labels, ports: portCases, types, addresses, affinity, 'load balancers': loadBalancers, traffic }

for (const [group, cases] of Object.entries(GROUPS)) {
  describe(`wrong manifests of Services are refused in upstream's words: ${group} [SVC-4] [SVC-5] [SVC-10] [SVC-11]`, () => {
    for (const [manifest, ...texts] of cases) {
      const title = JSON.stringify(manifest)
      test(title.length > 150 ? `${title.slice(0, 150)}…` : title, () => assert.deepEqual(complaints(manifest), texts))
    }
  })
}

test('there are as many wrong manifests as were asked for', () => {
  assert.ok(Object.values(GROUPS).flat().length >= 150, String(Object.values(GROUPS).flat().length))
})
