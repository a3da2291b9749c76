/** The same rules over IPv6, crossed by real packets; the address plan stands in proxy-network.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSlices, services } from '../../src/api/index.ts'
import { eventually, inNamespaces } from '../../src/testing/index.ts'
import {
  curl,
  NODE_IP6,
  type Pod,
  proxyNetwork,
  REFUSED,
  service,
  service6,
  sh,
  slice,
  slice6,
  TIMED_OUT,
} from './proxy-network.ts'

const OUTSIDE = 'fd00:192:168:1::10'
const BALANCED = 'fd00:192:168:1::64'

inNamespaces(import.meta.filename, ['net', 'mount', 'pid'], () => {
  const network = proxyNetwork()
  const { answers, caches, put6 } = network
  const table = (): string => sh('nft list table ip6 portolan-proxy')

  test('without a Service that has an IPv6 address there is no table for IPv6', async () => {
    network.put(service('four', '10.96.0.5'), ['pod-a'])
    await eventually(async () => assert.match(await curl('pod-b', 'http://10.96.0.5'), /^pod-a/))
    assert.doesNotMatch(sh('nft list tables'), /ip6/)
  })

  test('a Service with both families answers on both, by endpoints of each [NET-2] [SVC-9]', async () => {
    const spec = { clusterIPs: ['10.96.0.10', 'fd00:10:96::a'], ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' }
    caches.put(services, service('both', '10.96.0.10', spec))
    caches.put(endpointSlices, slice('both', ['pod-a']))
    caches.put(endpointSlices, slice6('both', ['pod-a', 'pod-b', 'pod-c']))
    await eventually(async () => assert.match(await curl('pod-b', 'http://[fd00:10:96::a]'), /^pod-/))
    assert.equal(await curl('pod-b', 'http://10.96.0.10'), 'pod-a 10.244.0.3')
    assert.deepEqual(await answers('pod-b', 'http://[fd00:10:96::a]'), new Set(['pod-a', 'pod-b', 'pod-c']))
    await eventually(async () => assert.equal(await curl('pod-b', 'http://[fd00:10:96::a]'), 'pod-a fd00:10:244::3'))
    assert.match(await curl('node', 'http://[fd00:10:96::a]'), /^pod-/)
  })

  test('a Pod reaches itself through its own Service [NET-2]', async () => {
    put6(service6('self', 'fd00:10:96::b'), ['pod-a'])
    await eventually(async () => assert.match(await curl('pod-a', 'http://[fd00:10:96::b]'), /^pod-a /))
  })

  test('a UDP Service answers [NET-2]', async () => {
    caches.put(services, service6('udp', 'fd00:10:96::c', { ports: [{ port: 53, protocol: 'UDP' }] }))
    const { ports: _, ...rest } = slice6('udp', ['pod-a'])
    caches.put(endpointSlices, { ...rest, ports: [{ name: '', protocol: 'UDP', port: 8080 }] })
    const ask = `const s = require('dgram').createSocket('udp6'); s.on('message', (m) => { console.log(String(m)); s.close() }); s.send('x', 53, 'fd00:10:96::c')`
    await eventually(() => assert.match(sh(`timeout 1 ip netns exec pod-b ${process.execPath} -e "${ask}"`), /^pod-a/))
  })

  test('other ports and Services without endpoints are refused at once, unallocated addresses are dropped [NET-3]', async () => {
    assert.equal(await curl('pod-b', 'http://[fd00:10:96::a]:81'), REFUSED)
    assert.equal(await curl('node', 'http://[fd00:10:96::a]:81'), REFUSED)
    assert.equal(await curl('pod-b', 'http://[fd00:10:96::99]'), TIMED_OUT)
    put6(service6('empty', 'fd00:10:96::d'), [])
    await eventually(async () => assert.equal(await curl('pod-b', 'http://[fd00:10:96::d]'), REFUSED))
    put6(service6('empty', 'fd00:10:96::d'), ['pod-c'])
    await eventually(async () => assert.match(await curl('pod-b', 'http://[fd00:10:96::d]'), /^pod-c/))
  })

  test("a node port answers on the node's address, masqueraded, and not on ::1 [NET-4]", async () => {
    const ports = [{ port: 80, protocol: 'TCP', nodePort: 30008 }]
    put6(service6('outer', 'fd00:10:96::e', { type: 'NodePort', ports }), ['pod-a', 'pod-c'])
    const url = `http://[${NODE_IP6}]:30008`
    await eventually(async () => assert.match(await curl('outside', url), /^pod-/))
    assert.deepEqual(await answers('outside', url), new Set(['pod-a', 'pod-c']))
    assert.doesNotMatch(await curl('outside', url), new RegExp(OUTSIDE))
    assert.match(await curl('pod-b', url), /^pod-/)
    assert.match(await curl('node', url), /^pod-/)
    assert.equal(await curl('node', 'http://[::1]:30008'), REFUSED)
  })

  test('external addresses are routed to the Service [NET-6]', async () => {
    put6(service6('external', 'fd00:10:96::f', { externalIPs: ['2001:db8:0::32', '198.51.100.32'] }), ['pod-b'])
    await eventually(async () => assert.match(await curl('outside', 'http://[2001:db8::32]'), /^pod-b/))
    assert.doesNotMatch(sh('nft list table ip portolan-proxy'), /198\.51\.100\.32/, 'the Service has no IPv4')
  })

  const balanced = (spec: object, pods: readonly Pod[]): void =>
    put6(
      {
        ...service6('balanced', 'fd00:10:96::10', { type: 'LoadBalancer', ...spec }),
        status: { loadBalancer: { ingress: [{ ip: BALANCED }] } },
      },
      pods,
    )

  test('a load balancer address answers, and lets in its ranges and nobody else [NET-5]', async () => {
    const url = `http://[${BALANCED}]`
    balanced({}, ['pod-a'])
    await eventually(async () => assert.match(await curl('outside', url), /^pod-a/))
    balanced({ loadBalancerSourceRanges: ['fd00:10:244::/56', '10.0.0.0/8'] }, ['pod-a'])
    await eventually(async () => assert.equal(await curl('outside', url), TIMED_OUT))
    assert.match(await curl('pod-b', url), /^pod-a/)
    balanced({ loadBalancerSourceRanges: ['fd00::/16', 'fd00:192::/32'] }, ['pod-a'])
    await eventually(async () => assert.match(await curl('outside', url), /^pod-a/))
  })

  test("the policy Local keeps the client's address, uses this node's endpoints and drops without one [NET-7]", async () => {
    const url = `http://[${BALANCED}]`
    const local = { externalTrafficPolicy: 'Local' }
    balanced(local, ['pod-a', 'pod-c'])
    await eventually(async () => assert.equal(await curl('outside', url), `pod-a ${OUTSIDE}`))
    assert.deepEqual(await answers('outside', url, 20), new Set(['pod-a']))
    assert.deepEqual(await answers('pod-b', url), new Set(['pod-a', 'pod-c']))
    balanced(local, ['pod-c'])
    await eventually(async () => assert.equal(await curl('outside', url), TIMED_OUT))
    assert.match(await curl('node', url), /^pod-c/)
  })

  test('a client keeps its Pod by cluster IP and by node port, until the Pod leaves [NET-8]', async () => {
    const all: readonly Pod[] = ['pod-a', 'pod-b', 'pod-c']
    const affinity = { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 3600 } } }
    const sticky = (pods: readonly Pod[]): void =>
      put6(
        service6('sticky', 'fd00:10:96::30', {
          type: 'NodePort',
          ports: [{ port: 80, protocol: 'TCP', nodePort: 30030 }],
          ...affinity,
        }),
        pods,
      )
    const kept = async (from: string, url: string): Promise<Pod> => {
      await curl(from, url)
      const pods = [...(await answers(from, url, 12))]
      assert.equal(pods.length, 1, `answered by ${pods.join(', ')}`)
      assert.match(pods[0]!, /^pod-/)
      return pods[0] as Pod
    }
    for (const [url, frontend] of [
      ['http://[fd00:10:96::30]', 'fd00:10:96::30 . 80'],
      [`http://[${NODE_IP6}]:30030`, '30030'],
    ] as const) {
      sticky(all)
      const pod = await eventually(() => kept('pod-b', url))
      assert.ok(table().includes(`fd00:10:244::3 . ${frontend} timeout 1h`))
      await network.restart()
      assert.equal(await kept('pod-b', url), pod)
      sticky(all.filter((one) => one !== pod))
      await eventually(async () => assert.notEqual(await kept('pod-b', url), pod))
    }
  })

  test('a UDP flow is deleted with its endpoint [NET-9]', async () => {
    const flows = (): string => sh('conntrack -L -f ipv6 -p udp 2>/dev/null')
    assert.match(flows(), /dst=fd00:10:96::c .*src=fd00:10:244::2/)
    caches.remove(endpointSlices, 'default/udp-6')
    await eventually(() => assert.doesNotMatch(flows(), /fd00:10:96::c/))
  })
})
