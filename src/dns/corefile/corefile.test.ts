import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settingsFromFlags } from '../flags.ts'
import { parseCorefile } from './parse.ts'
import { corefileSettings } from './settings.ts'

const FILES: Record<string, string> = {
  '/etc/resolv.conf': 'nameserver 192.0.2.1\nnameserver 2001:db8::1\nsearch corp.example\n',
  '/etc/fixed': '# ours\n192.0.2.8 db.example  db # the database\nnonsense\n',
}
const options = { environment: { UPSTREAM: '192.0.2.53' }, readFile: (path: string) => FILES[path]! }
const settings = (text: string) => corefileSettings(text, options)

/** What kubeadm writes, in its own layout. */
const KUBEADM = `
.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
`

test("kubeadm's Corefile is understood [OPS-7] [DSC-6]", () => {
  assert.deepEqual(settings(KUBEADM), {
    clusterDomain: 'cluster.local',
    authority: ['cluster.local'],
    ttl: 30,
    podNames: 'insecure',
    forwarders: ['192.0.2.1', '2001:db8::1'],
    stubDomains: {},
    policy: 'random',
    maxConcurrent: 1000,
    cache: { maxAge: 30, maxDenialAge: 30 },
    health: { address: '', port: 8080 },
    ready: { address: '', port: 8181 },
    metrics: { address: '', port: 9153 },
  })
})

test('what its users add is, too [DSC-6]', () => {
  const { listen, authority, podNames, autopath, hosts, stubDomains, cache, logQueries, ...forward } = settings(`
    # single domains have their own servers
    corp.example:53 dev.example:53 {
      errors
      cache 10
      forward . dns://192.0.2.9:5353
    }
    .:1053 {
      bind 127.0.0.1
      log
      autopath @kubernetes
      kubernetes cluster.local in-addr.arpa { pods verified
      }
      hosts /etc/fixed {
        192.0.2.7 "registry.example"
        fallthrough
      }
      cache { success 1024 60
        denial 1024 5
        prefetch 10 1m 20% }
      forward stub.example 192.0.2.2
      forward . {$UPSTREAM} { except inner.example
        policy sequential
        force_tcp
      }
    }`.replaceAll(' }', '\n}').replaceAll('{ ', '{\n')) // prettier-ignore
  assert.deepEqual(listen, [{ address: '127.0.0.1', port: 1053 }])
  assert.deepEqual([authority, podNames, logQueries], [['cluster.local', 'in-addr.arpa'], 'verified', true])
  assert.deepEqual(autopath, { nodeSearches: ['corp.example'] })
  assert.deepEqual(hosts, { 'db.example': ['192.0.2.8'], db: ['192.0.2.8'], 'registry.example': ['192.0.2.7'] })
  assert.deepEqual(stubDomains, { 'stub.example': ['192.0.2.2'], 'corp.example': ['192.0.2.9:5353'], 'dev.example': ['192.0.2.9:5353'] }) // prettier-ignore
  assert.deepEqual(cache, { maxAge: 60, maxDenialAge: 5, maxBytes: 1024 * 512, prefetch: { amount: 10, gap: 60, share: 0.2 } })
  const { forwarders, except, policy, forceTcp } = forward
  assert.deepEqual([forwarders, except, policy, forceTcp], [['192.0.2.53'], ['inner.example'], 'sequential', true])
})

const refusals: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  ['an unknown plugin', '.:53 {\n  kubernetes\n  dnssec\n}', /line 3: the plugin dnssec is not known here; known are autopath, /],
  ['an unknown property', '.:53 {\n  kubernetes {\n    noendpoints\n  }\n}', /line 3: kubernetes: noendpoints is not/],
  ['no cluster', '.:53 {\n  forward . 192.0.2.1\n}', /line 1: no server block has the plugin kubernetes/],
  ['a brace too few', '.:53 {\n  kubernetes {\n', /line 2: its \{ is never closed/],
  ['no block at all', 'forward . 192.0.2.1', /line 1: a server block begins with its zones/],
  ['a snippet', '(common) {\n}', /line 1: snippets/],
  ['a wrong number', '.:53 {\n kubernetes {\n  ttl soon\n }\n}', /line 3: "soon" is not a whole number/],
  ['a wrong choice', '.:53 {\n kubernetes {\n  pods all\n }\n}', /line 3: "all" is not one of insecure, verified, disabled/],
  ['a search path of its own', '.:53 {\n kubernetes\n autopath /etc/resolv.conf\n}', /line 3: autopath: only @kubernetes/],
  ['a forward without servers', '.:53 {\n kubernetes\n forward .\n}', /line 3: forward: /],
  ['a host without address', '.:53 {\n kubernetes\n hosts {\n  db 192.0.2.1\n }\n}', /line 4: hosts: "db" is not an address/],
]
for (const [what, text, message] of refusals)
  test(`${what} is refused with its line [OPS-7]`, () => assert.throws(() => settings(text), message))

test('words, quotes and comments', () => {
  const [block] = parseCorefile('a, b { # here\n one "two three" # four\n}', {})
  assert.deepEqual([block!.keys, block!.directives[0]], [['a', 'b'], { name: 'one', args: ['two three'], line: 2, body: [] }]) // prettier-ignore
})

test('flags go before the Corefile, and without one the usual holds [OPS-7]', () => {
  const usual = settingsFromFlags({ listen: ['127.0.0.1:5353'] }, options)
  assert.deepEqual([usual.clusterDomain, usual.ttl, usual.podNames, usual.cache], ['cluster.local', 5, 'insecure', {}])
  const mixed = settingsFromFlags(
    { listen: ['[2001:db8::2]:53', '192.0.2.2'], corefile: KUBEADM, ttl: 0, forward: ['/etc/resolv.conf', '192.0.2.3'], prefetch: 5, health: true, metrics: '127.0.0.1:1' }, // prettier-ignore
    options,
  )
  assert.deepEqual(mixed.listen, [{ address: '2001:db8::2', port: 53 }, { address: '192.0.2.2', port: 53 }]) // prettier-ignore
  assert.deepEqual([mixed.ttl, mixed.forwarders], [0, ['192.0.2.1', '2001:db8::1', '192.0.2.3']])
  assert.deepEqual(mixed.cache, { maxAge: 30, maxDenialAge: 30, prefetch: { amount: 5, gap: 60, share: 0.1 } })
  assert.deepEqual([mixed.health, mixed.metrics], [{ address: '', port: 8080 }, { address: '127.0.0.1', port: 1 }]) // prettier-ignore
  const more = settingsFromFlags({ listen: ['127.0.0.1'], clusterDomain: 'k8s.test', stubDomain: ['corp.example=192.0.2.1,192.0.2.2'], hostEntry: ['192.0.2.7 a b'], autopath: true }, options) // prettier-ignore
  assert.deepEqual([more.authority, more.stubDomains, more.hosts], [['k8s.test'], { 'corp.example': ['192.0.2.1', '192.0.2.2'] }, { a: ['192.0.2.7'], b: ['192.0.2.7'] }]) // prettier-ignore
  for (const bad of [
    {},
    { listen: ['web:53'] },
    { listen: ['127.0.0.1'], stubDomain: ['corp'] },
    { listen: ['127.0.0.1:70000'] },
  ])
    assert.throws(() => settingsFromFlags(bad, options), { name: 'PortolanError' })
})
