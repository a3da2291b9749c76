import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { createApiServer } from '../../src/apiserver/server.ts'
import type { ApiServer } from '../../src/apiserver/server.ts'
import { testAuthority } from '../../src/apiserver/testing/certificates.ts'
import { kubectl, RELEASES } from './kubectl.ts'
import type { Kubectl, Release } from './kubectl.ts'
import { testOptions } from '../../src/apiserver/testing/server.ts'

const MANIFEST = `
apiVersion: v1
kind: Service
metadata: {name: kubia}
spec: {type: NodePort, clusterIP: 10.96.0.20, selector: {app: kubia}, ports: [{port: 80, targetPort: 8080, nodePort: 30010}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: kubia}
spec:
  replicas: 2
  selector: {matchLabels: {app: kubia}}
  template: {metadata: {labels: {app: kubia}}, spec: {containers: [{name: kubia, image: kubia}]}}
`

for (const release of RELEASES) suite(`kubectl ${release}`, () => tests(release))

function tests(release: Release): void {
  let server: ApiServer
  let run: Kubectl

  before(async () => {
    const authority = await testAuthority()
    server = await createApiServer(testOptions())
    const tls = { ...(await authority.server()), clientAuthority: authority.certificate }
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 }, tls)
    const client = await authority.client('CN=kubernetes-admin, O=system:masters')
    run = await kubectl(release, { port, authority: authority.certificate, client })
  })
  after(() => server.close())

  const says = async (command: string, expected: RegExp, input?: string): Promise<void> => {
    const { code, out, error } = await run(command, input)
    assert.equal(code, 0, error)
    assert.match(out, expected)
  }
  const refuses = async (command: string, expected: RegExp, input?: string): Promise<void> => {
    const { code, error } = await run(command, input)
    assert.notEqual(code, 0)
    assert.match(error, expected)
  }

  test('create and apply of several documents, and an apply that changes nothing [SVC-3]', async () => {
    await says('create -f -', /^service\/kubia created\ndeployment.apps\/kubia created\n$/, MANIFEST)
    await says(
      'get svc kubia',
      /NAME +TYPE +CLUSTER-IP +EXTERNAL-IP +PORT\(S\) +AGE\nkubia +NodePort +10.96.0.20 +<none> +80:30010\/TCP/,
    )
    await says('delete -f -', /service "kubia" deleted.*\ndeployment.apps "kubia" deleted/, MANIFEST)
    await says('apply -f -', /service\/kubia created\ndeployment.apps\/kubia created/, MANIFEST)
    await says('apply -f -', /service\/kubia unchanged\ndeployment.apps\/kubia unchanged/, MANIFEST)
    await says('apply -f -', /service\/kubia configured/, MANIFEST.replace('port: 80,', 'port: 81,'))
    await says('get svc kubia -o jsonpath={.spec.clusterIP}:{.spec.ports[0].port}', /^10.96.0.20:81$/)
  })

  test('what upstream refuses is refused in its words [SVC-7] [SVC-8] [SVC-11]', async () => {
    await refuses('create service clusterip x --tcp=80 --clusterip=10.96.0.20', /spec.clusterIPs: Invalid value: \["10.96.0.20"\]: failed to allocate IP 10.96.0.20: provided IP is already allocated/)
    await refuses('create service nodeport x --tcp=80 --node-port=30010', /spec.ports\[0\].nodePort: Invalid value: 30010: provided port is already allocated/)
    await refuses('create service nodeport x --tcp=80 --node-port=80', /provided port is not in the valid range. The range of valid ports is 30000-32767/)
    await refuses('get svc nix', /^Error from server \(NotFound\): services "nix" not found/)
    await refuses('create -f -', /strict decoding error: unknown field "spec.prots"/, MANIFEST.replace(', ports:', ', prots:').replaceAll('kubia', 'x'))
  }) // prettier-ignore

  test('create service of every type [SVC-3] [SVC-6]', async () => {
    await says('create service clusterip a --tcp=5678:8080', /service\/a created/)
    await says('create service nodeport b --tcp=80', /service\/b created/)
    await says('create service loadbalancer c --tcp=80', /service\/c created/)
    await says('create service externalname d --external-name=example.com', /service\/d created/)
    await says('create service clusterip e --clusterip=None', /service\/e created/)
    await says(
      'get svc d e --no-headers',
      /^d +ExternalName +<none> +example.com +<none> +\S+\ne +ClusterIP +None +<none> +<none>/,
    )
    await says('get svc a -o jsonpath={.spec.ports[0].name},{.spec.ports[0].targetPort}', /^5678-8080,8080$/)
  })

  test('expose, scale, label, annotate, patch, describe, explain [SVC-3]', async () => {
    await says(
      'expose deployment kubia --name=exposed --port=80 --target-port=http --type=LoadBalancer',
      /service\/exposed exposed/,
    )
    await says(
      'get svc exposed -o jsonpath={.spec.type},{.spec.selector.app},{.spec.ports[0].targetPort}',
      /^LoadBalancer,kubia,http$/,
    )
    await says('scale deployment kubia --replicas=3', /deployment.apps\/kubia scaled/)
    await says('get deployment kubia', /kubia +0\/3/)
    await says('label svc exposed a=b', /service\/exposed labeled/)
    await says('annotate svc exposed a=b', /service\/exposed annotated/)
    await says('get svc -l a=b -o name', /^service\/exposed\n$/)
    await says('patch svc exposed -p {"spec":{"sessionAffinity":"ClientIP"}}', /service\/exposed patched/)
    await says('describe svc exposed', /Session Affinity: +ClientIP/)
    await says('explain service.spec.clusterIP', /FIELD: clusterIP <string>/)
    await says('api-resources --api-group=discovery.k8s.io', /endpointslices +discovery.k8s.io\/v1 +true +EndpointSlice/)
  })

  test('wait, delete and namespaces [POD-7]', async () => {
    await says('create configmap waited --from-literal=a=b', /configmap\/waited created/)
    const waiting = says('wait --for=jsonpath={.data.a}=c configmap/waited --timeout=20s', /configmap\/waited condition met/)
    await says('patch configmap waited -p {"data":{"a":"c"}}', /configmap\/waited patched/)
    await waiting
    await says('delete configmap waited', /configmap "waited" deleted/)
    await says('create namespace x', /namespace\/x created/)
    await says('create secret generic s --from-literal=a=b -n x', /secret\/s created/)
    await says('get all -A', /service\/kubernetes +ClusterIP +10.96.0.1 +<none> +443\/TCP/)
    await refuses('delete namespace default', /namespaces "default" is forbidden: this namespace may not be deleted/)
  })

  test('a dry run on the server [SVC-11]', async () => {
    await says('create service clusterip dry --tcp=80 --dry-run=server', /service\/dry created \(server dry run\)/)
    await refuses('get svc dry', /NotFound/)
  })
}
