/** What load balancers, monitoring and users are told of a node's proxy. */
import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { endpointSlices, type KubeObject, nodes, services } from '../../src/api/index.ts'
import { eventually, inNamespaces } from '../../src/testing/index.ts'
import { curl, NODE_IP, NODE_IP6, proxyNetwork, REFUSED, service, slice, slice6 } from './proxy-network.ts'

const HEALTHZ = 'http://127.0.0.1:10256'
const METRICS = 'http://127.0.0.1:10249'

/** kube-proxy's in nftables mode (kubernetes.io/docs/reference/instrumentation/metrics). */
const NAMES = [
  'network_programming_duration_seconds',
  'proxy_healthz_total',
  'proxy_livez_total',
  'sync_full_proxy_rules_duration_seconds',
  'sync_partial_proxy_rules_duration_seconds',
  'sync_proxy_rules_duration_seconds',
  'sync_proxy_rules_endpoint_changes_pending',
  'sync_proxy_rules_endpoint_changes_total',
  'sync_proxy_rules_last_queued_timestamp_seconds',
  'sync_proxy_rules_last_timestamp_seconds',
  'sync_proxy_rules_nftables_sync_failures_total',
  'sync_proxy_rules_no_local_endpoints_total',
  'sync_proxy_rules_service_changes_pending',
  'sync_proxy_rules_service_changes_total',
  'conntrack_reconciler_deleted_entries_total',
  'conntrack_reconciler_sync_duration_seconds',
  'iptables_ct_state_invalid_dropped_packets_total',
  'iptables_localhost_nodeports_accepted_packets_total',
]

inNamespaces(import.meta.filename, ['net', 'mount', 'pid'], () => {
  const recorded: [name: string | undefined, type: string, reason: string, message: string][] = []
  const { caches, put } = proxyNetwork({
    serve: { healthzAddress: '0.0.0.0:10256', metricsAddress: '127.0.0.1:10249' },
    recorder: { event: (object: KubeObject, ...said) => void recorded.push([object.metadata.name, ...said]) },
  })
  const figure = async (name: string, labels = ''): Promise<number> => {
    const text = await (await fetch(`${METRICS}/metrics`)).text()
    const line = text.split('\n').find((one) => one.startsWith(`kubeproxy_${name}${labels} `))
    return Number(line?.split(' ')[1])
  }
  const checked = (name: string, healthCheckNodePort: number) =>
    service(name, '10.96.0.60', {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort,
      ports: [{ port: 80, protocol: 'TCP', nodePort: 30060 }],
      clusterIPs: ['10.96.0.60', 'fd00:10:96::60'],
    })

  test('/healthz says whether to send packets here, /livez whether the proxy lives [NET-7]', async () => {
    const ask = async (path: string) => {
      const response = await fetch(`${HEALTHZ}${path}`)
      const body = (await response.json()) as { healthy: boolean; nodeEligible?: boolean; status: object }
      return [response.status, body.healthy, body.nodeEligible, Object.keys(body.status)]
    }
    assert.deepEqual(await eventually(() => ask('/healthz')), [503, true, false, ['IPv4']], 'there is no Node')
    assert.deepEqual(await ask('/livez'), [200, true, undefined, ['IPv4']])
    caches.put(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node1' } })
    assert.deepEqual(await ask('/healthz'), [200, true, true, ['IPv4']])
    assert.equal(await (await fetch(`${METRICS}/proxyMode`)).text(), 'nftables')
  })

  test('figures have the names that dashboards know', async () => {
    const text = await (await fetch(`${METRICS}/metrics`)).text()
    for (const name of NAMES) assert.match(text, new RegExp(`^# TYPE kubeproxy_${name} `, 'm'))
  })

  test('changes, syncs and how old what was programmed is are counted', async () => {
    const before = await figure('sync_proxy_rules_service_changes_total')
    caches.put(services, service('kubia', '10.96.0.10'))
    const one = slice('kubia', ['pod-a'])
    const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': new Date().toISOString() }
    caches.put(endpointSlices, { ...one, metadata: { ...one.metadata, annotations } })
    await eventually(async () => {
      assert.equal(await figure('sync_proxy_rules_service_changes_total'), before + 1)
      assert.equal(await figure('sync_proxy_rules_service_changes_pending'), 0)
      assert.equal(await figure('network_programming_duration_seconds_count', '{ip_family="IPv4"}'), 1)
      assert.ok((await figure('network_programming_duration_seconds_sum', '{ip_family="IPv4"}')) < 10)
      assert.ok((await figure('sync_partial_proxy_rules_duration_seconds_count', '{ip_family="IPv4"}')) > 0)
    })
    put(service('looped', '10.96.0.14', { type: 'NodePort', ports: [{ port: 80, protocol: 'TCP', nodePort: 30014 }] }), ['pod-a'])
    await eventually(async () => assert.match(await curl('node', 'http://127.0.0.1:30014'), /^pod-a/))
    assert.equal(await figure('iptables_localhost_nodeports_accepted_packets_total'), 1)
  })

  test('a Service without an endpoint here is counted where its policy wants one [NET-7]', async () => {
    const labels = '{ip_family="IPv4",traffic_policy="external"}'
    put(checked('local', 30999), ['pod-c'])
    await eventually(async () => assert.equal(await figure('sync_proxy_rules_no_local_endpoints_total', labels), 1))
    put(checked('local', 30999), ['pod-a'])
    await eventually(async () => assert.equal(await figure('sync_proxy_rules_no_local_endpoints_total', labels), 0))
  })

  test('the health check of a Service answers from outside, by either family, with the count of its Pods here [NET-7]', async () => {
    caches.put(endpointSlices, slice6('local', ['pod-a', 'pod-b', 'pod-c']))
    for (const address of [NODE_IP, `[${NODE_IP6}]`])
      await eventually(async () =>
        assert.match(
          await curl('outside', `http://${address}:30999/healthz`),
          /"localEndpoints": 2,\s+"serviceProxyHealthy": true/,
        ),
      )
    caches.remove(services, 'default/local')
    await eventually(async () => assert.equal(await curl('outside', `http://${NODE_IP}:30999/`), REFUSED))
  })

  test('a health check whose port is taken becomes an Event of the Service [NET-7]', async () => {
    const taken = createServer().listen(30998)
    await eventually(() => assert.ok(taken.listening))
    put(checked('unheard', 30998), ['pod-a'])
    await eventually(() => assert.equal(recorded.length, 1))
    const [name, type, reason, message] = recorded[0]!
    assert.deepEqual([name, type, reason], ['unheard', 'Warning', 'FailedToStartServiceHealthcheck'])
    assert.match(message, /^node node1 failed to start healthcheck "default\/unheard" on port 30998: listen EADDRINUSE/)
    taken.close()
  })
})
