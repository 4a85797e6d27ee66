import { lookUp } from "./check-shape.ts";
import { isSystemSchema } from "../schema/system-schemas.ts";
import { literalSchema } from "./patterns.ts";
import { pathText, type Mistake, type Path } from "./mistake.ts";
import { parseDuration } from "./units.ts";
import type { YamlTree } from "./yaml-tree.ts";

/**
 * Keys that are right by themselves and wrong together. Looks at the tree, not at the checked task, so that
 * these mistakes are told together with those of shape; whatever has the wrong shape is passed over here.
 */
export function checkSense(tree: YamlTree): readonly Mistake[] {
  const look: Look = {
    text: (path) => {
      const value = lookUp(tree.value, path);
      return typeof value === "string" ? value : null;
    },
    has: (path) => lookUp(tree.value, path) !== undefined || tree.isFaulty(path),
    list: (path) => {
      const value = lookUp(tree.value, path);
      return Array.isArray(value) ? value : [];
    },
    fault: (path, message, suggestion) => ({ ...tree.placeOfKey(path), message, suggestion }),
  };
  return [
    ...hostSense(look),
    ...serverSense(look, "upstream"),
    ...serverSense(look, "downstream"),
    ...timeSense(look),
    ...sameServer(look, tree),
    ...schemaSense(look),
  ];
}

interface Look {
  text(path: Path): string | null;
  has(path: Path): boolean;
  list(path: Path): readonly unknown[];
  fault(path: Path, message: string, suggestion: string): Mistake;
}

function* hostSense(look: Look): Generator<Mistake> {
  if (!look.has(["upstream"]) || look.has(["upstream", "host"])) return;
  if (!look.has(["upstream", "hosts"])) {
    yield look.fault(["upstream"], "`upstream.host` is missing", "it is a host name or address; or write `hosts`");
  } else if (look.list(["upstream", "hosts"]).length === 0) {
    yield look.fault(
      ["upstream", "hosts"],
      "`upstream.hosts` is empty, and there is no `upstream.host`",
      "name a host",
    );
  } else if (look.has(["upstream", "port"])) {
    const message = "`upstream.port` has no use without `upstream.host`";
    yield look.fault(["upstream", "port"], message, "each of the hosts has a port of its own");
  }
}

function* serverSense(look: Look, server: "upstream" | "downstream"): Generator<Mistake> {
  const has = (key: string): boolean => look.has([server, key]);
  if (has("password") && has("passwordFile")) {
    yield look.fault([server, "passwordFile"], `\`${server}\` has both password and passwordFile`, "keep one of them");
  }
  if (look.has([server]) && !has("password") && !has("passwordFile")) {
    yield look.fault([server], `\`${server}.password\` is missing`, 'or passwordFile; for none write password: ""');
  }
  const tls = look.text([server, "tls"]) ?? "preferred";
  if (has("ca") && ["disabled", "preferred", "required"].includes(tls)) {
    const message = `\`${server}.ca\` has no use with tls: ${tls}, which checks no certificate`;
    yield look.fault([server, "ca"], message, "write tls: verify-ca or tls: verify-full");
  }
  if (has("cert") !== has("key")) {
    const [there, missing] = has("cert") ? ["cert", "key"] : ["key", "cert"];
    yield look.fault(
      [server, there],
      `\`${server}.${there}\` is there without ${missing}`,
      "a certificate and its key go together",
    );
  }
  if (has("cert") && tls === "disabled") {
    yield look.fault([server, "cert"], `\`${server}.cert\` has no use with tls: disabled`, "write tls: required");
  }
}

function* timeSense(look: Look): Generator<Mistake> {
  const duration = (path: Path, fallback: string): number => {
    const milliseconds = parseDuration(look.has(path) ? (look.text(path) ?? "") : fallback);
    return milliseconds ?? Number.NaN; // no comparison holds with a duration that isn't one
  };
  if (duration(["upstream", "heartbeat"], "0s") > duration(["upstream", "netTimeout"], "60s")) {
    const message = "`upstream.heartbeat` is longer than `upstream.netTimeout`: an idle connection would never live";
    yield look.fault(["upstream", "heartbeat"], message, "leave it out: it is half of netTimeout by itself");
  }
  if (duration(["retry", "base"], "1s") > duration(["retry", "cap"], "30s")) {
    const key = look.has(["retry", "base"]) ? "base" : "cap";
    yield look.fault(["retry", key], "`retry.base` is longer than `retry.cap`", "make cap longer");
  }
}

function* sameServer(look: Look, tree: YamlTree): Generator<Mistake> {
  const address = (path: Path): string | null => {
    const host = look.text([...path, "host"]);
    const port = lookUp(tree.value, [...path, "port"]);
    return host === null ? null : `${host}:${typeof port === "number" || typeof port === "string" ? port : 3306}`;
  };
  const further = look.list(["upstream", "hosts"]).map((_, index) => address(["upstream", "hosts", index]));
  const downstream = address(["downstream"]);
  if (downstream === null || look.list(["routes"]).length > 0) return;
  if (![address(["upstream"]), ...further].includes(downstream)) return;
  yield look.fault(
    ["downstream", "host"],
    "upstream and downstream are the same server, and no table has another name downstream",
    "each change would come back as a change of the same table: name another server, or write routes",
  );
}

function* schemaSense(look: Look): Generator<Mistake> {
  const meta = look.text(["downstream", "metaSchema"]) ?? "tidemark";
  if (isSystemSchema(meta)) {
    yield look.fault(
      ["downstream", "metaSchema"],
      `\`downstream.metaSchema\` is the server's own schema ${meta}`,
      "choose another name",
    );
  }
  for (const path of [
    ["tables", "include"],
    ...look.list(["routes"]).flatMap((_, index) => [
      ["routes", index, "from"],
      ["routes", index, "to"],
    ]),
  ]) {
    const patterns = path[0] === "tables" ? look.list(path).map((_, index) => [...path, index]) : [path];
    for (const place of patterns) {
      const schema = literalSchema(look.text(place) ?? "/");
      if (schema === null) continue;
      if (schema === meta) {
        yield look.fault(
          place,
          `\`${pathText(place)}\` names the meta schema ${meta}, which is never copied`,
          "change it, or downstream.metaSchema",
        );
      } else if (isSystemSchema(schema)) {
        yield look.fault(
          place,
          `\`${pathText(place)}\` names the system schema ${schema}, which is never copied`,
          "remove it",
        );
      }
    }
  }
}
