import{a,b}from"./chunk-HBYI7IQ5.js";import"./chunk-3M2JFXQD.js";import"./chunk-FKMK3QF6.js";import"./chunk-AAZABAPM.js";export{b as Figure,a as StatusPage};
