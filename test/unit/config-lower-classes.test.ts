/** Keywords that are only read, refused, unknown or in the wrong place (keepalived P6, P7, P24). */

import { describe, expect, test } from "vitest";
import { codes, instance, router } from "../support/config-text.ts";

describe("keywords of the four classes", () => {
  test("what is only read is said once", () => {
    const head = "global_defs {\nnftables a\nnftables b\nlvs_timeouts tcp 1\n}\n";
    const result = instance("", head);
    expect(codes(result)).toEqual(["warning not-acted-on", "warning not-acted-on"]);
    expect(result.config).toBeDefined();
  });

  test.each(["use_vmac_addr", "track_bfd {\npeer\n}"])(
    "%j is refused with what running without it would do",
    (lines) => {
      const result = instance(lines);
      expect(result.config).toBeUndefined();
      expect(result.diagnostics[0]?.message).toMatch(/not supported yet; running without (it )?would /u);
    },
  );

  test.each(["preempt_delay 0", "higher_prio_send_advert off", "down_timer_adverts 3", "accept", "debug 0"])(
    "%s says what holds anyway and is silent",
    (lines) => {
      expect(instance(lines).diagnostics).toEqual([]);
    },
  );

  test("an unknown keyword is a warning with a suggestion", () => {
    const result = instance("prioritty 5");
    expect(result.diagnostics).toMatchObject([
      {
        severity: "warning",
        code: "unknown-keyword",
        message: "unknown keyword `prioritty` in `vrrp_instance`",
        suggestion: "did you mean `priority`?",
      },
    ]);
    expect(result.config).toBeDefined();
  });

  test("an unknown block is skipped as a whole, where keepalived loses what follows (P7)", () => {
    const result = instance("foo_bar {\npriority 1\n}\npriority 7");
    expect(codes(result)).toEqual(["warning unknown-block"]);
    expect(router(result)?.priority).toBe(7);
  });

  test("a keyword of another block is told apart from an unknown one", () => {
    const result = instance("", "global_defs {\ngarp_master_delay 3\n}\n");
    expect(result.diagnostics[0]?.suggestion).toContain("it belongs to a `vrrp_instance` block");
  });

  test("a block inside the wrong block points at the lost brace", () => {
    const result = instance("authentication {\nauth_type PASS\nauth_pass x\ntrack_interface {\neth1\n}\n");
    expect(codes(result)).toContain("error misplaced-block");
    expect(codes(result)).toContain("error missing-brace");
  });

  test("names of Object.prototype are unknown keywords like any other", () => {
    const result = instance("constructor 1\n__proto__ 2\ntoString {\n}");
    expect(codes(result)).toEqual([
      "warning unknown-keyword",
      "warning unknown-keyword",
      "warning unknown-block",
    ]);
  });

  test("the content of LVS blocks is checked for unknown words only", () => {
    const lvs = `virtual_server 10.0.0.9 53 {
delay_loop 1
nat_mask 255.255.255.0
real_server 10.0.0.8 53 {
weigth 1
TCP_CHECK {
connect_timeout 3
}
}
}
`;
    const result = instance("", lvs);
    expect(result.diagnostics.map((each) => each.message)).toEqual([
      "`virtual_server` is read but not acted on yet: no load balancing is set up and no real server is checked",
      "unknown keyword `nat_mask` in `virtual_server`",
      "unknown keyword `weigth` in `real_server`",
    ]);
  });

  test("extra words are ignored with a warning (P24)", () => {
    const result = instance("priority 50 interface eth1");
    expect(codes(result)).toEqual(["warning extra-words"]);
    expect(router(result)).toMatchObject({ priority: 50, interface: "eth0" });
  });
});
