/** What the names are of: Services of every kind, Pods with every way of finding names. */

/** The address plan: cluster IPs 10.96.7.x; endpoints made by hand 192.0.2.x. */
export const NUMBERS_API = '10.96.7.10'
export const SHOP_API = '10.96.7.20'
/** More than a packet of 512 bytes, and than one of 1232, can hold. */
export const MANY = 100

interface Meta {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
}

const object = (apiVersion: string, kind: string, metadata: Meta, rest: object): object => ({
  apiVersion,
  kind,
  metadata,
  ...rest,
})

const service = (name: string, spec: object, namespace = 'default'): object =>
  object('v1', 'Service', { name, namespace }, { spec: { ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec } })

const headless = (name: string, spec: object = {}): object => service(name, { clusterIP: 'None', ...spec })

const slice = (of: string, endpoints: readonly object[]): object =>
  object(
    'discovery.k8s.io/v1',
    'EndpointSlice',
    { name: `${of}-by-hand`, namespace: 'default', labels: { 'kubernetes.io/service-name': of } },
    { addressType: 'IPv4', ports: [{ name: 'http', port: 8080, protocol: 'TCP' }], endpoints },
  )

/** A Pod that does nothing until it is asked to; it has the machine's own programs. */
export const pod = (name: string, spec: object = {}, labels: Readonly<Record<string, string>> = {}): object =>
  object(
    'v1',
    'Pod',
    { name, labels },
    {
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image: 'host', command: ['sleep', '100000'] }],
        ...spec,
      },
    },
  )

/** With a headless Service of its name in front. */
export const statefulSet = (name: string, serviceName: string, replicas: number): readonly object[] => {
  const labels = { app: name }
  const containers = [{ name: 'main', image: 'host', command: ['sleep', '100000'] }]
  const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers } }
  return [
    headless(serviceName, { selector: labels }),
    object('apps/v1', 'StatefulSet', { name }, { spec: { serviceName, replicas, podManagementPolicy: 'Parallel', selector: { matchLabels: labels }, template } }), // prettier-ignore
  ]
}

/** Longer than 256 characters, and more than six. */
export const LONG_SEARCHES = Array.from({ length: 8 }, (_, index) => `${String(index).repeat(30)}.search.example`)

const POLICIES: Readonly<Record<string, object>> = {
  client: {},
  'node-resolver': { dnsPolicy: 'Default' },
  'own-resolver': {
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['192.0.2.53'], searches: ['a.example'], options: [{ name: 'ndots', value: '2' }] },
  },
  'host-net': { hostNetwork: true, hostname: 'ignored' },
  'host-net-cluster': { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' },
  'long-search': { dnsConfig: { searches: LONG_SEARCHES, options: [{ name: 'timeout', value: '3' }] } },
  'odd-search': { dnsConfig: { searches: ['.', '_sip._tcp.abc_d.example.com'] } },
  aliased: { hostAliases: [{ ip: '192.0.2.7', hostnames: ['foo.local', 'bar'] }] },
  named: { hostname: 'one', subdomain: 'sub' },
  'named-fully': { hostname: 'two', subdomain: 'sub', setHostnameAsFQDN: true },
}

const address = (host: number): string => `192.0.2.${host + 1}`

/** Everything that is there from the beginning, as kubectl takes it. */
export const objects = (): readonly object[] => [
  object('v1', 'Namespace', { name: 'shop' }, {}),
  service('numbers-api', { clusterIP: NUMBERS_API }),
  service('api', { clusterIP: SHOP_API }, 'shop'),
  service('alias', { type: 'ExternalName', externalName: 'numbers-api.default.svc.cluster.local' }),
  service('search', { type: 'ExternalName', externalName: 'google.com' }),
  service('1digit', { clusterIP: '10.96.7.30' }),
  headless('many'),
  slice(
    'many',
    Array.from({ length: MANY }, (_, index) => ({ addresses: [address(index)], conditions: { ready: true } })),
  ),
  headless('half'),
  slice('half', [
    { addresses: [address(200)], conditions: { ready: true }, hostname: 'up' },
    { addresses: [address(201)], conditions: { ready: false }, hostname: 'down' },
  ]),
  headless('whole', { publishNotReadyAddresses: true }),
  slice('whole', [{ addresses: [address(202)], conditions: { ready: false }, hostname: 'down' }]),
  headless('sub', { selector: { in: 'sub' } }),
  ...statefulSet('web', 'nginx', 2),
  ...Object.entries(POLICIES).map(([name, spec]) => pod(name, spec, 'subdomain' in spec ? { in: 'sub' } : {})),
]

/** Several objects as one stream of documents. */
export const documents = (all: readonly object[]): string => all.map((one) => JSON.stringify(one)).join('\n---\n')
