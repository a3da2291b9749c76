/** ClientIP affinity, kept in the kernel by the clients' own packets. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { services } from '../../src/api/index.ts'
import { eventually, inNamespaces } from '../../src/testing/index.ts'
import { curl, NODE_IP, type Pod, proxyNetwork, service, sh } from './proxy-network.ts'

const ALL: readonly Pod[] = ['pod-a', 'pod-b', 'pod-c']
const URLS = { cluster: 'http://10.96.0.30', nodePort: `http://${NODE_IP}:30030`, balanced: 'http://192.168.1.65' }

inNamespaces(import.meta.filename, ['net', 'mount', 'pid'], () => {
  const network = proxyNetwork()
  const { answers, put } = network

  const sticky = (pods: readonly Pod[], timeoutSeconds: number | undefined, externalTrafficPolicy = 'Cluster'): void => {
    const affinity =
      timeoutSeconds === undefined ? {} : { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds } } }
    const ports = [{ port: 80, protocol: 'TCP', nodePort: 30030 }]
    const one = service('sticky', '10.96.0.30', { type: 'LoadBalancer', ports, externalTrafficPolicy, ...affinity })
    put({ ...one, status: { loadBalancer: { ingress: [{ ip: '192.168.1.65' }] } } }, pods)
  }
  /** The one Pod that answers all of several requests after a first one; throws while there are more. */
  const kept = async (from: string, url: string): Promise<Pod> => {
    await curl(from, url)
    const pods = [...(await answers(from, url, 12))]
    assert.equal(pods.length, 1, `answered by ${pods.join(', ')}`)
    assert.match(pods[0]!, /^pod-/)
    return pods[0] as Pod
  }
  const clients = (): string =>
    sh('nft list map ip portolan-proxy tcp-clients; nft list map ip portolan-proxy tcp-nodeport-clients')

  test('a client keeps its Pod, by cluster IP, node port and load balancer address [NET-8] [SVC-10]', async () => {
    sticky(ALL, 3600)
    for (const url of Object.values(URLS)) {
      const pod = await eventually(() => kept('outside', url))
      assert.equal(await kept('outside', url), pod)
    }
    assert.match(clients(), /192\.168\.1\.10 \. 10\.96\.0\.30 \. 80 timeout 1h/)
    assert.match(clients(), /192\.168\.1\.10 \. 30030 timeout 1h/)
  })

  test('a Pod and the node keep theirs too [NET-8]', async () => {
    for (const from of ['pod-b', 'node']) assert.equal(await kept(from, URLS.cluster), await kept(from, URLS.cluster))
  })

  test('unrelated changes and a restarted proxy forget nobody [NET-8] [NET-11]', async () => {
    const pod = await kept('outside', URLS.cluster)
    const others = ALL.filter((one) => one !== pod)
    put(service('other', '10.96.0.31'), ['pod-a'])
    await eventually(async () => assert.match(await curl('pod-b', 'http://10.96.0.31'), /^pod-a/))
    sticky([pod, others[0]!], 3600)
    await network.restart()
    assert.equal(await kept('outside', URLS.cluster), pod)
    sticky(ALL, 3600)
    await network.restart()
    assert.equal(await kept('outside', URLS.cluster), pod)
  })

  test('a client moves the moment its Pod leaves, and stays where it went [NET-8]', async () => {
    for (const url of Object.values(URLS)) {
      const pod = await kept('outside', url)
      sticky(
        ALL.filter((one) => one !== pod),
        3600,
      )
      const next = await eventually(async () => {
        const now = await kept('outside', url)
        assert.notEqual(now, pod)
        return now
      })
      sticky(ALL, 3600)
      await network.restart()
      assert.equal(await kept('outside', url), next)
    }
  })

  test('what left while no proxy ran is forgotten by the next one [NET-8] [NET-11]', async () => {
    const pod = await kept('outside', URLS.cluster)
    const [, , address] = /192\.168\.1\.10 \. 10\.96\.0\.30 \. 80 (timeout \S+ expires \S+) : (\S+)/.exec(clients()) ?? []
    sh(`nft 'add element ip portolan-proxy tcp-clients { 192.0.2.9 . 10.96.0.30 . 80 timeout 1h : 10.244.0.99 . 8080 }'`)
    await network.restart()
    assert.doesNotMatch(clients(), /192\.0\.2\.9/)
    assert.ok(address && clients().includes(address))
    assert.equal(await kept('outside', URLS.cluster), pod)
  })

  test('the timeout counts from the last connection; then the client chooses anew [NET-8] [SVC-10]', async () => {
    sticky(ALL, 1)
    await eventually(() => assert.match(sh('nft list map ip portolan-proxy tcp-affinity-services'), /remember-tcp-1\b/))
    const seen = new Set<string>()
    await eventually(
      async () => {
        seen.add((await curl('pod-b', 'http://192.168.1.65')).split(' ')[0]!)
        await eventually(() => assert.doesNotMatch(clients(), /10\.244\.0\.3 \. 192\.168\.1\.65/))
        assert.ok(seen.size > 1)
      },
      { within: 60_000 },
    )
  })

  test('a client outside that the policy Cluster kept elsewhere comes to this node under Local [NET-8] [NET-7]', async () => {
    sticky(['pod-c'], 3600)
    await eventually(async () => assert.equal(await kept('outside', URLS.balanced), 'pod-c'))
    sticky(ALL, 3600, 'Local')
    await eventually(async () => assert.match(await kept('outside', URLS.balanced), /^pod-[ab]$/))
  })

  test('affinity is switched off and on on the living Service [NET-8]', async () => {
    sticky(ALL, undefined)
    await eventually(async () => assert.deepEqual(await answers('outside', URLS.cluster), new Set(ALL)))
    assert.doesNotMatch(clients(), /elements/)
    sticky(ALL, 3600)
    await eventually(() => kept('outside', URLS.cluster))
    network.caches.remove(services, 'default/sticky')
    await eventually(() => assert.doesNotMatch(clients(), /elements/))
  })
})
