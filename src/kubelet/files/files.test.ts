import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '../../api/index.ts'
import { hostnameOf, hostsFile } from './hosts.ts'
import { parseResolvConf, podResolvConf, printResolvConf } from './resolv-conf.ts'

const pod = (spec: Partial<NonNullable<Pod['spec']>> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'kubia', namespace: 'shop' },
  spec: { containers: [], ...spec },
})
const node = parseResolvConf('# ours\nnameserver 192.0.2.1\nsearch example.org\noptions edns0 trust-ad\n')
const facts = { clusterDNS: ['10.96.0.10'], clusterDomain: 'cluster.local', node }
const CLUSTER =
  'search shop.svc.cluster.local svc.cluster.local cluster.local example.org\nnameserver 10.96.0.10\noptions ndots:5\n'
const NODE = 'search example.org\nnameserver 192.0.2.1\noptions edns0 trust-ad\n'

const policies: readonly [title: string, spec: Partial<NonNullable<Pod['spec']>>, text: string][] = [
  ['ClusterFirst', {}, CLUSTER],
  ['ClusterFirst in the network of the node', { hostNetwork: true }, NODE],
  ['ClusterFirstWithHostNet', { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }, CLUSTER],
  ['Default', { dnsPolicy: 'Default' }, NODE],
  [
    'None',
    {
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['192.0.2.9'], searches: ['a.test'], options: [{ name: 'ndots', value: '2' }] },
    },
    'search a.test\nnameserver 192.0.2.9\noptions ndots:2\n',
  ],
  [
    'dnsConfig on top of a policy',
    { dnsConfig: { searches: ['a.test'], options: [{ name: 'ndots', value: '2' }, { name: 'rotate' }] } },
    CLUSTER.replace('example.org', 'example.org a.test').replace('ndots:5', 'ndots:2 rotate'),
  ],
]
for (const [title, spec, text] of policies)
  test(`resolv.conf: ${title} [DSC-5]`, () => assert.equal(printResolvConf(podResolvConf(pod(spec), facts)), text))

test('/etc/hosts names the Pod, its subdomain and its aliases [DSC-5]', () => {
  const spec = { hostname: 'one', subdomain: 'db', hostAliases: [{ ip: '192.0.2.7', hostnames: ['foo', 'bar'] }] }
  const addresses = ['10.244.1.2', 'fd00:10:244:1::2']
  const text = hostsFile(pod(spec), { addresses, clusterDomain: 'cluster.local' })
  assert.match(text, /^# Kubernetes-managed hosts file\.\n127\.0\.0\.1\tlocalhost\n/)
  const names = 'one.db.shop.svc.cluster.local\tone'
  assert.ok(text.includes(`\n10.244.1.2\t${names}\nfd00:10:244:1::2\t${names}\n`))
  assert.match(text, /\n# Entries added by HostAliases\.\n192\.0\.2\.7\tfoo\tbar\n$/)
})

test('a hostname is the name of the Pod, cut to what a hostname may be [DSC-5]', () => {
  assert.equal(hostnameOf(pod()), 'kubia')
  const long = { ...pod(), metadata: { name: `${'a'.repeat(62)}-bcd` } }
  assert.equal(hostnameOf(long), 'a'.repeat(62))
})
