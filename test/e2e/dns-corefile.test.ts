/** A cluster whose DNS has the settings of a Corefile: what it does for Pods, and what it says about itself. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { eventually } from '../../src/testing/index.ts'
import { prepareCluster, type TestCluster } from './cluster.ts'

const COREFILE = `.:53 {
    log
    autopath @kubernetes
    kubernetes cluster.local {
       pods verified
       ttl 7
    }
    hosts {
       192.0.2.8 registry.example
       fallthrough
    }
    cache 30
}
`

let cluster: TestCluster
before(async () => {
  cluster = await prepareCluster()
  mkdirSync(join(cluster.data, 'default'), { recursive: true })
  writeFileSync(join(cluster.data, 'default/Corefile'), COREFILE)
  assert.equal((await cluster.portolan('up', '--nodes', '1')).code, 0)
  await cluster.kubectl('create namespace shop')
  await cluster.kubectl('create service clusterip api --tcp=80 --clusterip=10.96.7.20 -n shop')
  await cluster.kubectl('run client --image=host -- sleep 100000')
  await cluster.kubectl('wait --for=condition=Ready pod/client --timeout=30s')
})
after(() => cluster.remove())

const inPod = (script: string): Promise<string> => cluster.kubectlWords(['exec', 'client', '--', 'sh', '-c', `${script}; true`])

test('the search path of a Pod is gone for it in one question [DSC-6]', async () => {
  await eventually(async () => assert.match(await inPod('getent ahostsv4 api.shop'), /^10\.96\.7\.20 /))
  const asked = await inPod('dig +noall +answer api.shop.default.svc.cluster.local')
  const found =
    /^api\.shop\.default\.svc\.cluster\.local\.\s7\sIN\sCNAME\sapi\.shop\.svc\.cluster\.local\.\napi\.shop\.svc\.cluster\.local\.\s7\sIN\sA\s10\.96\.7\.20\n$/
  assert.match(asked, found)
  const theirs = await inPod('busybox nslookup api.shop.default.svc.cluster.local')
  assert.match(theirs, /10\.96\.7\.20/)
  assert.equal(await inPod('getent ahostsv4 nosuch.shop'), '')
})

test('fixed hosts are found, and names of Pods are those that exist [DSC-2] [DSC-6]', async () => {
  assert.match(await inPod('getent hosts registry.example'), /^192\.0\.2\.8 /)
  const ip = await cluster.kubectlWords(['get', 'pod', 'client', '-o', 'jsonpath={.status.podIP}'])
  assert.equal((await inPod(`dig +short ${ip.replaceAll('.', '-')}.default.pod.cluster.local`)).trim(), ip)
  assert.equal(await inPod('dig +short 10-244-9-9.default.pod.cluster.local'), '')
})

test("its figures are at the Service's port for them [OPS-7]", async () => {
  const figures = await inPod('curl -s http://kube-dns.kube-system:9153/metrics')
  assert.match(
    figures,
    /\ncoredns_dns_requests_total\{server="dns:\/\/192\.168\.1\.2:53",zone="\.",view="",proto="udp",family="1",type="A"\} \d/,
  )
  assert.match(figures, /\ncoredns_autopath_success_total\{[^}]*\} [1-9]/)
  assert.match(await cluster.kubectl('get svc kube-dns -n kube-system'), /10\.96\.0\.10 .* 53\/UDP,53\/TCP,9153\/TCP/)
})
