CREATE TABLE fruits (name text PRIMARY KEY, price numeric);
CREATE TABLE audit (said text);

COPY fruits (name, price) FROM STDIN;
apple	1.20
pear	0.80
quince	\N
\.
