#!/usr/bin/env bash
# Make the recorded runs and studies anew, with the command line and the embedded pair.
set -eu
cd "$(dirname "$0")/.."
run() { python -m specviz "$@"; }
run decode --prompt "Once upon a time, there was a little fox who lived near a river." --capacity 32 --depth 8 \
    --max-new-tokens 96 --seed 7 --trace assets/traces/story.json.gz > /dev/null
run decode --prompt $'Question: Anna has 12 apples. She gives 5 apples to her friend and buys 8 more. How many apples does she have now?\nSolution:' \
    --drafter race_tau_star --verifier shared_race --capacity 16 --depth 6 --max-new-tokens 80 --seed 3 \
    --trace assets/traces/sum.json.gz > /dev/null
run decode --prompt $'def is_prime(number: int) -> bool:\n' --drafter iid_sequences --verifier recursive_rejection \
    --capacity 24 --drafts 4 --depth 6 --max-new-tokens 96 --seed 5 --trace assets/traces/code.json.gz > /dev/null
if [ "${1:-}" != "traces" ]; then
    run laws --out assets/laws/recorded.npz
    every=1,2,4,8,16,32,64,128,256,512,1024
    for temperature in 0.7 1.0; do
        run limits --temperature "$temperature" --depth 24 --drafts 8 --max-new-tokens 64 --capacities "$every" \
            --out "assets/limits/temperature_$temperature.json.gz" > /dev/null
        # Other k, for the one strategy that reads it.
        for k in 2 4; do
            run limits --temperature "$temperature" --depth 24 --drafts "$k" --max-new-tokens 64 --capacities "$every" \
                --drafters iid_sequences --out "assets/limits/temperature_${temperature}_k_$k.json.gz" > /dev/null
        done
    done
    # Races: acceptance by rank, and four shapes of tree under two rules.
    for temperature in 0.7 1.0; do
        run races --laws assets/laws/recorded.npz --temperature "$temperature" \
            --out "assets/tables/race_family_$temperature.json.gz" \
            --out-ranks "assets/tables/race_family_ranks_$temperature.json.gz" > /dev/null
    done
    run acceptance --laws assets/laws/recorded.npz --out assets/tables/acceptance.json.gz
    # Rejections: exact rules at two temperatures, and the relaxed rule.
    for temperature in 0.7 1.0; do
        run rejections --repeats 40 --temperature "$temperature" --depth 8 \
            --out "assets/tables/rejections_$temperature.json.gz" > /dev/null
    done
    slack=$(printf ',relaxed(epsilon=%s)' 0 0.01 0.03 0.1 0.3 1)
    run rejections --repeats 10 --temperature 1.0 --depth 8 --verifiers "${slack#,}" \
        --out assets/tables/rejections_relaxed.json.gz > /dev/null
fi
