/** Traffic policies and allow lists, crossed by real packets. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endpointSlices, nodes, services } from '../../src/api/index.ts'
import { eventually, inNamespaces } from '../../src/testing/index.ts'
import { curl, NODE_IP, type Pod, proxyNetwork, service, sh, slice, TIMED_OUT, REFUSED } from './proxy-network.ts'

const BALANCED = '192.168.1.64'

inNamespaces(import.meta.filename, ['net', 'mount', 'pid'], () => {
  const network = proxyNetwork()
  const { answers, caches, put } = network

  const balanced = (name: string, ip: string, spec: object, pods: readonly Pod[]): void =>
    put(
      { ...service(name, ip, { type: 'LoadBalancer', ...spec }), status: { loadBalancer: { ingress: [{ ip: BALANCED }] } } },
      pods,
    )

  const local = { externalTrafficPolicy: 'Local', ports: [{ port: 80, protocol: 'TCP', nodePort: 30009 }] }
  const both = [`http://${BALANCED}`, `http://${NODE_IP}:30009`]

  test("under the policy Local, traffic from outside reaches this node's endpoints with its own address [NET-7]", async () => {
    balanced('local', '10.96.0.20', local, ['pod-a', 'pod-c'])
    for (const url of both) {
      await eventually(async () => assert.equal(await curl('outside', url), 'pod-a 192.168.1.10'))
      assert.deepEqual(await answers('outside', url, 20), new Set(['pod-a']))
    }
  })

  test('traffic from Pods and from the node goes to every endpoint all the same [NET-7]', async () => {
    for (const url of both) {
      assert.deepEqual(await answers('pod-b', url), new Set(['pod-a', 'pod-c']))
      assert.match(await curl('pod-b', url), / 10\.244\.0\.3$/)
      assert.deepEqual(await answers('node', url), new Set(['pod-a', 'pod-c']))
    }
  })

  test('without an endpoint here, traffic from outside is dropped and Pods are served [NET-7]', async () => {
    balanced('local', '10.96.0.20', local, ['pod-c'])
    for (const url of both) {
      await eventually(async () => assert.equal(await curl('outside', url), TIMED_OUT))
      assert.match(await curl('pod-b', url), /^pod-c 10\.244\.0\.3/)
      assert.match(await curl('node', url), /^pod-c/)
    }
    balanced('local', '10.96.0.20', local, [])
    for (const url of both) await eventually(async () => assert.equal(await curl('outside', url), REFUSED))
    network.caches.remove(services, 'default/local')
  })

  test('a load balancer address lets in its ranges and nobody else; the cluster IP is not concerned [NET-5]', async () => {
    const ranges = (...loadBalancerSourceRanges: string[]): void =>
      balanced('guarded', '10.96.0.21', { loadBalancerSourceRanges }, ['pod-a'])
    const url = `http://${BALANCED}`
    ranges('192.168.1.8/30', '192.168.0.0/16')
    await eventually(async () => assert.match(await curl('outside', url), /^pod-a/))
    assert.equal(await curl('pod-b', url), TIMED_OUT)
    assert.match(await curl('pod-b', 'http://10.96.0.21'), /^pod-a/)
    ranges('10.244.0.0/16')
    await eventually(async () => assert.match(await curl('pod-b', url), /^pod-a/))
    assert.equal(await curl('outside', url), TIMED_OUT)
    ranges('0.0.0.0/0')
    await eventually(async () => assert.match(await curl('outside', url), /^pod-a/))
    ranges('198.51.100.0/24')
    await eventually(async () => assert.equal(await curl('outside', url), TIMED_OUT))
    ranges()
    await eventually(async () => assert.match(await curl('outside', url), /^pod-a/))
  })

  test('a node port answers on 127.0.0.1 of the node, under either policy [NET-4]', async () => {
    const url = 'http://127.0.0.1:30010'
    for (const externalTrafficPolicy of ['Cluster', 'Local']) {
      const ports = [{ port: 80, protocol: 'TCP', nodePort: 30010 }]
      put(service('looped', '10.96.0.22', { type: 'NodePort', externalTrafficPolicy, ports }), ['pod-a', 'pod-c'])
      await eventually(async () => assert.match(await curl('node', url), /^pod-/))
      assert.deepEqual(await answers('node', url), new Set(['pod-a', 'pod-c']))
    }
    assert.equal(await curl('node', 'http://127.0.0.1:30011'), REFUSED)
  })

  test('hints keep traffic near: on this node, else in its zone, else anywhere [EPS-6]', async () => {
    const hints = { 'pod-a': ['node1', 'east'], 'pod-b': ['node2', 'east'], 'pod-c': ['node3', 'west'] } as const
    const near = (pods: readonly Pod[], labels: Record<string, string>): void => {
      caches.put(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node1', labels } })
      const one = slice('near', pods)
      const endpoints = one.endpoints!.map((endpoint, i) => {
        const [name, zone] = hints[pods[i]!]
        return { ...endpoint, hints: { forNodes: [{ name }], forZones: [{ name: zone }] } }
      })
      caches.put(services, service('near', '10.96.0.70'))
      caches.put(endpointSlices, { ...one, endpoints })
    }
    const zone = { 'topology.kubernetes.io/zone': 'east' }
    for (const [pods, labels, expected] of [
      [['pod-a', 'pod-b', 'pod-c'], zone, ['pod-a']],
      [['pod-b', 'pod-c'], zone, ['pod-b']],
      [['pod-b', 'pod-c'], {}, ['pod-b', 'pod-c']],
    ] as const) {
      near(pods, labels)
      await eventually(async () => assert.deepEqual(await answers('pod-b', 'http://10.96.0.70', 24), new Set(expected)))
    }
  })

  test("a Service that turns into another proxy's, or headless, is let go, and taken back [EPS-5]", async () => {
    for (const label of ['service.kubernetes.io/service-proxy-name', 'service.kubernetes.io/headless']) {
      const labelled = (labels: Record<string, string>): void => {
        const one = service('moody', '10.96.0.71')
        put({ ...one, metadata: { ...one.metadata, labels } }, ['pod-a'])
      }
      labelled({})
      await eventually(async () => assert.match(await curl('pod-b', 'http://10.96.0.71'), /^pod-a/))
      labelled({ [label]: 'mine' })
      await eventually(async () => assert.equal(await curl('pod-b', 'http://10.96.0.71'), TIMED_OUT))
    }
  })

  test('one port name is another number in each Pod [SVC-4] [SVC-5]', async () => {
    const ports = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' }]
    caches.put(services, service('named', '10.96.0.72', { ports }))
    const numbered = (pod: Pod, name: string, port: number): void => {
      const one = slice('named', [pod])
      const metadata = { ...one.metadata, name }
      caches.put(endpointSlices, { ...one, metadata, ports: [{ name: 'http', port, protocol: 'TCP' }] })
    }
    numbered('pod-a', 'named-1', 8080)
    numbered('pod-c', 'named-2', 8081)
    await eventually(() =>
      assert.match(sh('nft list map ip portolan-proxy tcp-endpoints'), /10\.96\.0\.72 \. 80 \. 1 : 10\.244\.1\.2 \. 8081/),
    )
    const seen = await answers('pod-b', 'http://10.96.0.72', 24)
    assert.deepEqual(seen, new Set(['pod-a', 'exit']), 'nobody listens on 8081 of pod-c')
  })

  test('packets from elsewhere that claim to be of 127.0.0.0/8 or want to go there are dropped [NET-4] [NET-10]', async () => {
    sh(`ip -n outside route add 127.1.0.0/16 via 169.254.1.1; ip netns exec outside sh -c "echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet"
        ip -n outside route del local 127.0.0.0/8 dev lo table local`)
    assert.equal(await curl('outside', 'http://127.1.0.1:30010'), TIMED_OUT)
    sh('nft flush chain ip portolan-proxy raw-prerouting')
    assert.match(await curl('outside', 'http://127.1.0.1:30010'), /^pod-/, 'nothing else would drop them')
  })
})
